"""Rows of runs that were never trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.many_runs.run_row import LossCurve, MeasuredRun, RunRow, RunState


def row_of(name: str, state: RunState = "finished", *, grokked: int | None = None, **values: Any) -> RunRow:
    """A row; `grokked`, `keys` and `final` make it a measured one, `test_loss` is its loss, the rest are settings."""
    keys, final = values.pop("keys", None), values.pop("final", None)
    losses, test_loss = values.pop("losses", LossCurve()), values.pop("test_loss", None)
    measured = None
    if grokked is not None or keys is not None or final is not None:
        measured = MeasuredRun(keys or (), None, grokked, None, final or {"accuracy.test": 1.0})
    return RunRow(name, Path(name), state, values, test_loss=test_loss, losses=losses, measured=measured)


def names(rows: Sequence[RunRow]) -> str:
    """The names of rows, separated by blanks."""
    return " ".join(row.name for row in rows)
