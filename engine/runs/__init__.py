"""What lies on disk -> `Run`: config, epochs, recorded losses, split, and checkpoints read when asked for."""

from engine.runs.opening import open_run

__all__ = ["open_run"]
