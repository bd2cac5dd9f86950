"""What lies on disk -> `Run`: config, epochs, recorded losses, split, and checkpoints read when asked for."""

from engine.runs.open_run import open_run
from engine.runs.refresh import is_settled, lasting_warnings, refresh

__all__ = ["is_settled", "lasting_warnings", "open_run", "refresh"]
