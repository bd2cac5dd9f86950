"""Numbers over the epochs of a run, as far as they are measured: what all views over epochs share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.table import Column, Table
from grok_tui.views.view import ComparisonMethods

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

Band = tuple[float, float, str]  # from, to, name


@dataclass(frozen=True, eq=False)
class Curve:
    """One number over the measured epochs."""

    column: str  # its name in tables
    name: str  # its name in legends
    values: NDArray[np.float64]  # [epoch], NaN where absent
    colour: int | None = None  # of the palette's series; by default by its place in a chart
    format: str = ".4g"
    names: bool = False  # its values are names, such as frequencies


@dataclass(frozen=True, eq=False)
class Curves:
    """Some numbers over the measured epochs, and how far the measuring has come."""

    history: RunMetricsSnapshot
    epochs: NDArray[np.float64]  # [epoch]
    curves: tuple[Curve, ...]
    against: Curves | None = None  # of another run
    names: tuple[str, str] = ("", "")  # of this run and of the other in legends
    marked_epoch: int | None = None  # of this run, to compare with

    def known(self, columns: Sequence[str] | None = None) -> list[Curve]:
        """Those curves (default: all) that have a value at any epoch."""
        chosen = [curve for curve in self.curves if columns is None or curve.column in columns]
        return [curve for curve in chosen if not np.isnan(curve.values).all()]

    def at(self, epoch: int, column: str) -> float | None:
        """A curve's value at an epoch; None where it is absent or not measured yet."""
        there = np.flatnonzero(self.epochs == epoch)
        values = next((curve.values for curve in self.curves if curve.column == column), None)
        if values is None or not there.size or np.isnan(values[there[0]]):
            return None
        return float(values[there[0]])


def _overlay(a: Any, b: Any, names: tuple[str, str]) -> Any:
    """One run's curves with the other epoch marked; of two runs, the other's curves beside them."""
    one_run = a.curves.history is b.curves.history
    return replace(a, curves=_marked(a.curves, b.epoch) if one_run else _both(a.curves, b.curves, names))


@lru_cache(maxsize=8)  # charts are kept by the curves they draw: these must not be made anew at every step
def _marked(curves: Curves, epoch: int) -> Curves:
    return replace(curves, marked_epoch=epoch)


@lru_cache(maxsize=8)
def _both(a: Curves, b: Curves, names: tuple[str, str]) -> Curves:
    return replace(a, against=b, names=names)


BY_CURVES: ComparisonMethods[Any] = ComparisonMethods(overlay=_overlay)  # of answers with `epoch` and `curves`


def measured(explorer: Explorer, selection: Selection, view: str) -> RunMetricsSnapshot:
    """The measures of the run by now; nothing is computed here.

    Raises:
        UnknownQuery: the run has one checkpoint, and no view over epochs.
    """
    from engine import UnknownQuery

    if len(explorer.epochs) < 2:
        raise UnknownQuery(
            f"`{view}` is drawn over epochs and needs more than one checkpoint; {explorer.run.name} has one."
        )
    return explorer.run_metrics(selection.reference_epoch).snapshot()


def series(history: RunMetricsSnapshot, *path: str) -> NDArray[np.float64]:
    """One number of the report over the measured epochs, NaN where it is absent. [epoch]"""
    return np.array(history.series(*path), dtype=np.float64)


def curves_of(history: RunMetricsSnapshot, curves: Sequence[Curve]) -> Curves:
    return Curves(history, np.array(history.epochs, dtype=np.float64), tuple(curves))


def notes(history: RunMetricsSnapshot) -> list[str]:
    """How far the measuring has come, where it has not ended; and what was passed over."""
    told = [] if history.metrics else ["nothing is measured yet"]
    if not history.complete:
        told.append(f"{len(history.metrics):,} of {history.total:,} checkpoints measured")
    if history.failed:
        told.append(f"{history.failed:,} of {history.total:,} checkpoints cannot be read")
    return told


@lru_cache(maxsize=8)
def phase_bands(history: RunMetricsSnapshot) -> tuple[Band, ...]:
    """The phases that begin and end in this run, once all of it is measured."""
    from engine.explorer.training_phases import find_training_phases

    if not history.complete or not history.metrics:
        return ()
    found = find_training_phases(history)
    ends = [found.memorisation, found.circuit_formation, found.cleanup]
    starts = [history.epochs[0], *(None if end is None else end.at for end in ends[:2])]
    names = ("memorisation", "circuit formation", "cleanup")
    return tuple(
        (float(start), float(end.at), name)
        for start, end, name in zip(starts, ends, names, strict=True)
        if start is not None and end is not None and start < end.at
    )


def curves_table(answer: Curves) -> Table:
    """A row an epoch, a column a curve."""
    columns = (Column("epoch", format=",d"), *(Column(c.column, format=c.format, names=c.names) for c in answer.curves))
    values = [curve.values.tolist() for curve in answer.curves]
    rows = tuple(
        (int(epoch), *(None if np.isnan(value) else value for value in row))
        for epoch, *row in zip(answer.epochs, *values, strict=True)
    )
    return Table(columns, rows)
