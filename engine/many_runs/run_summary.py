"""What the files of a run say, and what its metrics say, as JSON in the cache. Imports neither torch nor numpy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.many_runs.run_row import LossCurve, MeasuredRun, RunRow, RunState, Setting


@dataclass(frozen=True)
class RunSummary:
    """The part of a row that depends on the files of a run alone; `finished` is None if its planned end is unknown."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    epoch: int | None = None
    epochs: int | None = None
    train_loss: float | None = None
    test_loss: float | None = None
    train_accuracy: float | None = None
    test_accuracy: float | None = None
    losses: LossCurve = field(default_factory=LossCurve)
    finished: bool | None = None
    problem: str | None = None
    has_weights: bool = True


def summary_to_json(summary: RunSummary) -> dict[str, Any]:
    return {**vars(summary), "settings": dict(summary.settings), "losses": vars(summary.losses)}


def summary_from_json(content: Mapping[str, Any]) -> RunSummary:
    """Raises KeyError, TypeError or ValueError for anything that `summary_to_json` does not write."""
    losses = LossCurve(*(tuple(content["losses"][name]) for name in ("epochs", "train", "test")))
    return replace(RunSummary(**content), settings=dict(content["settings"]), losses=losses)


def measured_to_json(measured: MeasuredRun) -> dict[str, Any]:
    return asdict(replace(measured, final=dict(measured.final)))


def measured_from_json(content: Mapping[str, Any]) -> MeasuredRun:
    """Raises KeyError, TypeError or ValueError for anything that `measured_to_json` does not write."""
    found = MeasuredRun(**content)
    return replace(found, key_frequencies=tuple(found.key_frequencies), final=dict(found.final))


def make_row(name: str, path: Path, state: RunState, summary: RunSummary, measured: MeasuredRun | None) -> RunRow:
    """The row of a run. Losses and accuracies that it does not record are those of the metrics' last checkpoint."""
    final = {} if measured is None else measured.final
    return RunRow(
        name=name,
        path=path,
        state=state,
        settings=summary.settings,
        epoch=summary.epoch,
        epochs=summary.epochs,
        train_loss=_first(summary.train_loss, final.get("loss.train")),
        test_loss=_first(summary.test_loss, final.get("loss.test")),
        train_accuracy=_first(summary.train_accuracy, final.get("accuracy.train")),
        test_accuracy=_first(summary.test_accuracy, final.get("accuracy.test")),
        losses=summary.losses,
        measured=measured,
        problem=summary.problem,
        has_weights=summary.has_weights,
    )


def _first(recorded: float | None, computed: float | None) -> float | None:
    return computed if recorded is None else recorded
