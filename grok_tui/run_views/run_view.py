"""The interface of a view over many runs, and the runs that it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from engine.many_runs.fields import Value
from engine.many_runs.filters import filter_rows
from engine.many_runs.groups import Group, group_rows, parse_group_by
from engine.many_runs.run_row import RunRow
from engine.many_runs.sorting import sort_rows
from engine.many_runs.varying_settings import varying_settings
from grok_tui.render.cell_text import to_cells
from grok_tui.session.runs_selection import NO_GROUPS, RunsSelection
from grok_tui.views.view import Figure

Answer = TypeVar("Answer")
_NAME = "name"


@dataclass(frozen=True, kw_only=True)
class RunsView(Figure[Answer], Generic[Answer]):
    """A figure of many runs, with its query of the rows on show."""

    query: Callable[[ShownRuns], Answer]


@dataclass(frozen=True, eq=False)
class RunSet:
    """Some runs; equal only to itself, so that what is drawn of it can be cached."""

    rows: tuple[RunRow, ...]

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """The settings that differ among the runs."""
        return varying_settings(self.rows)


@dataclass(frozen=True, eq=False)
class ShownRuns:
    """The runs on show, filtered and sorted, and those that the figures are about: the marked ones, else all.

    `chosen` is in the order of the names: sorting the table changes no figure.
    """

    shown: RunSet
    chosen: RunSet
    selection: RunsSelection = field(default_factory=RunsSelection)
    n_all: int = 0  # without the filter
    has_cursor: bool = True  # on the screen; not in what is printed

    @cached_property
    def cursor(self) -> int | None:
        """The place of the cursor among the runs on show; the first if it is elsewhere, None without runs."""
        if not self.has_cursor:
            return None
        paths = [row.path for row in self.shown.rows]
        if self.selection.cursor in paths:
            return paths.index(self.selection.cursor)
        return 0 if paths else None

    @property
    def current(self) -> RunRow | None:
        """The run under the cursor."""
        return None if self.cursor is None else self.shown.rows[self.cursor]


def show_runs(rows: Sequence[RunRow], selection: RunsSelection, before: ShownRuns | None = None) -> ShownRuns:
    """Filter and sort rows, and choose those of the figures; `before` is kept as far as nothing changed in it.

    Raises:
        WrongUsage: the filter or the order cannot be parsed, or names a field that no run has.
    """
    filtered = filter_rows(rows, selection.where) if selection.where else list(rows)
    ordered = tuple(sort_rows(filtered, selection.order))
    by_name = ordered if selection.order == _NAME else tuple(sort_rows(filtered, _NAME))
    marked = tuple(row for row in by_name if row.path in selection.marks)
    shown, chosen = RunSet(ordered), RunSet(marked or by_name)
    if before is not None:
        shown, chosen = _kept(before.shown, shown), _kept(before.chosen, chosen)
    return ShownRuns(shown, chosen, selection, len(rows))


def _kept(before: RunSet, now: RunSet) -> RunSet:
    same = len(before.rows) == len(now.rows) and all(a is b for a, b in zip(before.rows, now.rows, strict=True))
    return before if same else now


def group_fields(rows: Sequence[RunRow], group_by: str) -> tuple[str, ...]:
    """The fields that runs are grouped by; see `RunsSelection.group_by`.

    Raises:
        WrongUsage: no run has such a field.
    """
    if group_by == NO_GROUPS:
        return ()
    if group_by:
        return parse_group_by(group_by, rows)
    varying = varying_settings(rows)
    return tuple(name for name in varying if name != "seed") if "seed" in varying else ()


def groups_of(rows: Sequence[RunRow], group_by: str) -> list[Group]:
    """The groups of some runs, in the order of their values; raises as `group_fields`."""
    return group_rows(rows, group_fields(rows, group_by))


def axes_of(runs: RunSet, x: str | None, y: str | None) -> tuple[str, str | None]:
    """The axes of a diagram: explicit settings, else the first two that vary, the seed last; a y of "none" is none."""
    varying = [*(name for name in runs.varying if name != "seed"), *(name for name in runs.varying if name == "seed")]
    fallback = "seed" if any("seed" in row.settings for row in runs.rows) else "state"
    across = x or next((name for name in varying if name != y), fallback)
    if y is not None:
        return across, None if y == "none" else y
    others = [name for name in varying if name not in (across, "seed")]
    return across, others[0] if others else None


def marked_paths(runs: ShownRuns) -> frozenset[Path]:
    """The marked runs that are on show."""
    return runs.selection.marks & {row.path for row in runs.shown.rows}


def value_text(value: Value) -> str:
    """A value as titles, axes and cells write it; None is an empty text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return "" if value is None else f"{value:g}" if isinstance(value, float) else to_cells(str(value))


# What the metrics of a diagram are called in titles, and the format of their values.
_LABELS: Mapping[str, tuple[str, str]] = {
    "grokked": ("epoch of grokking", ",.0f"),
    "share_grokked": ("share grokked", ".0%"),
    "memorised": ("epoch of memorisation", ",.0f"),
    "cleaned_up": ("epoch of cleanup", ",.0f"),
    "n_key_frequencies": ("number of key frequencies", ".3g"),
    "test_loss": ("final test loss", ".2g"),
    "train_loss": ("final train loss", ".2g"),
    "test_accuracy": ("final test accuracy", ".1%"),
    "train_accuracy": ("final train accuracy", ".1%"),
}


def metric_label(metric: str) -> str:
    """What a metric is called in titles: `epoch of grokking` for `grokked`."""
    return _LABELS.get(metric, (metric, ""))[0]


def metric_format(metric: str) -> str:
    """The format of a metric's values."""
    return _LABELS.get(metric, ("", ".4g"))[1]


def is_loss(metric: str) -> bool:
    """Whether a metric is a loss, which is drawn on a log scale."""
    return "loss" in metric
