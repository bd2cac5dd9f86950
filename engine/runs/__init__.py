"""What lies on disk -> `Run`: config, epochs, recorded losses, split, and checkpoints read when asked for."""

from engine.runs.growing import is_settled, lasting_warnings, refresh
from engine.runs.opening import open_run

__all__ = ["is_settled", "lasting_warnings", "open_run", "refresh"]
