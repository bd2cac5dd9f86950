"""Where results are cached below the user's cache folder: readings of foreign files, metrics, and rows of runs."""

from __future__ import annotations

from pathlib import Path


def readings_folder(cache: Path | None) -> Path | None:
    """What was recognised of networks in foreign files (`open_run`)."""
    return None if cache is None else cache / "readings"


def metrics_folder(cache: Path | None) -> Path | None:
    """The metrics of checkpoints (`Explorer`)."""
    return None if cache is None else cache / "measures"


def rows_folder(cache: Path | None) -> Path | None:
    """The rows of the table of runs (`RowReader`)."""
    return None if cache is None else cache / "runs"
