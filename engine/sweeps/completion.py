"""Whether the work on a run is done, by what is on disk: for engines that forget how their jobs ended."""

from __future__ import annotations

from pathlib import Path

from engine.errors import GrokError
from engine.many_runs.rows import RowReader
from engine.runs.training_progress import read_progress
from engine.sweeps.executor import Action


def is_done(action: Action, run: Path, cache: Path | None = None) -> bool:
    """Whether a run is trained to its end, or has its metrics in the user's folder of cached results.

    A run without weights has no metrics, so nothing of it is missing.
    """
    try:
        if action == "train":
            return read_progress(run).finished
        return any(row.measured is not None or not row.has_weights for row in RowReader(cache).rows([run]))
    except GrokError:
        return False
