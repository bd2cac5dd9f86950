"""Curves over epochs: numbers of the run metrics, one for each checkpoint measured so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from engine.errors import UnknownQuery
from grok_tui.render.charts.bands import Band
from grok_tui.render.frequency_colours import changed_colours
from grok_tui.render.table import Column, Table
from grok_tui.views.view import ComparisonMethods

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class Curve:
    """One number over the measured epochs."""

    column: str  # its name in tables
    name: str  # its name in legends
    values: NDArray[np.float64]  # [epoch], NaN where absent
    colour: int | None = None  # index into the palette's series; None: by its position in the chart
    format: str = ".4g"
    names: bool = False  # the values are names, such as frequencies: a comparison does not subtract them


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of one run, and optionally the run or the epoch to compare them with.

    Charts are cached by the identity of this object. Build it once for each snapshot of the run metrics.
    """

    run_metrics: RunMetricsSnapshot
    epochs: NDArray[np.float64]  # [epoch]
    curves: tuple[Curve, ...]
    against: Curves | None = None  # the curves of another run
    names: tuple[str, str] = ("", "")  # of this run and of the other, in legends
    marked_epoch: int | None = None  # an epoch of this run to compare with

    @staticmethod
    def of(run_metrics: RunMetricsSnapshot, curves: Sequence[Curve]) -> Curves:
        """The curves of a snapshot; their values are [epoch], in its order."""
        return Curves(run_metrics, np.array(run_metrics.epochs, dtype=np.float64), tuple(curves))

    def known(self, columns: Sequence[str] | None = None) -> list[Curve]:
        """The curves of these columns (default: all) that have a value at any epoch."""
        chosen = [curve for curve in self.curves if columns is None or curve.column in columns]
        return [curve for curve in chosen if not np.isnan(curve.values).all()]

    def at(self, epoch: int, column: str) -> float | None:
        """A curve's value at an epoch; None if it is absent or not measured yet."""
        indices = np.flatnonzero(self.epochs == epoch)
        values = next((curve.values for curve in self.curves if curve.column == column), None)
        if values is None or not indices.size or np.isnan(values[indices[0]]):
            return None
        return float(values[indices[0]])


def _overlay(a: Any, b: Any, names: tuple[str, str]) -> Any:
    """Two epochs of one run: its curves with the other epoch marked. Two runs: the curves of both."""
    same_run = a.curves.run_metrics is b.curves.run_metrics
    if same_run:
        return replace(a, curves=_marked(a.curves, b.epoch))
    keys = tuple(getattr(answer, "key_frequencies", ()) for answer in (a, b))
    return replace(a, curves=_both(a.curves, b.curves, names, keys))


# Charts are cached by the identity of their curves: an overlay must be the same object at every epoch step.
@lru_cache(maxsize=8)
def _marked(curves: Curves, epoch: int) -> Curves:
    return replace(curves, marked_epoch=epoch)


@lru_cache(maxsize=8)
def _both(a: Curves, b: Curves, names: tuple[str, str], keys: tuple[tuple[int, ...], ...]) -> Curves:
    """The curves of two runs with these key frequencies, of which each has one colour."""
    changed = changed_colours(*keys)
    curves = tuple(
        curve if curve.colour is None else replace(curve, colour=changed.get(curve.colour, curve.colour))
        for curve in b.curves
    )
    return replace(a, against=replace(b, curves=curves), names=names)


BY_CURVES: ComparisonMethods[Any] = ComparisonMethods(overlay=_overlay)  # for answers with `epoch` and `curves`


def run_metrics_so_far(explorer: Explorer, selection: Selection, view: str) -> RunMetricsSnapshot:
    """The run metrics computed so far. Computes nothing itself.

    Raises:
        UnknownQuery: the run has only one checkpoint; the message names the view.
    """
    if len(explorer.epochs) < 2:
        raise UnknownQuery(
            f"`{view}` shows several epochs and needs more than one checkpoint; {explorer.run.name} has one."
        )
    return explorer.run_metrics(selection.reference_epoch).snapshot()


def metric_series(run_metrics: RunMetricsSnapshot, *path: str) -> NDArray[np.float64]:
    """One number of the report over the measured epochs, for example `"loss", "test"`. [epoch], NaN where absent"""
    return np.array(run_metrics.series(*path), dtype=np.float64)


def progress_notes(run_metrics: RunMetricsSnapshot) -> list[str]:
    """How many checkpoints are measured, unless all are, and how many cannot be read."""
    notes = [] if run_metrics.metrics else ["no metrics yet"]
    if not run_metrics.complete:
        notes.append(f"{len(run_metrics.metrics):,} of {run_metrics.total:,} checkpoints measured")
    if run_metrics.failed:
        notes.append(f"{run_metrics.failed:,} of {run_metrics.total:,} checkpoints cannot be read")
    return notes


@lru_cache(maxsize=8)
def phase_bands(run_metrics: RunMetricsSnapshot) -> tuple[Band, ...]:
    """The phases that begin and end in this run, as bands of epochs. Empty until the run metrics are complete."""
    from engine.explorer.training_phases import find_training_phases

    if not run_metrics.complete or not run_metrics.metrics:
        return ()
    phases = find_training_phases(run_metrics)
    ends = [phases.memorisation, phases.circuit_formation, phases.cleanup]
    starts = [run_metrics.epochs[0], *(None if end is None else end.at for end in ends[:2])]
    names = ("memorisation", "circuit formation", "cleanup")
    return tuple(
        (float(start), float(end.at), name)
        for start, end, name in zip(starts, ends, names, strict=True)
        if start is not None and end is not None and start < end.at
    )


def curves_table(curves: Curves) -> Table:
    """A row for each epoch, a column for each curve."""
    columns = (
        Column("epoch", format=",d"),
        *(Column(curve.column, format=curve.format, names=curve.names) for curve in curves.curves),
    )
    values = [curve.values.tolist() for curve in curves.curves]
    rows = tuple((int(epoch), *map(none_if_nan, row)) for epoch, *row in zip(curves.epochs, *values, strict=True))
    return Table(columns, rows)
