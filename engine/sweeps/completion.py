"""Whether the work on a run is done, by what is on disk: for executors whose jobs leave no exit status."""

from __future__ import annotations

from pathlib import Path

from engine.errors import UnreadableRun
from engine.runs.training_progress import read_progress
from engine.sweeps.executor import Action


def is_done(action: Action, run: Path) -> bool:
    """Whether a job with this action would have nothing to do for the run."""
    try:
        return read_progress(run).finished
    except UnreadableRun:
        return False
