"""Helpers for tests of views: measure a run, and read the table of a view."""

from __future__ import annotations

from dataclasses import replace

from engine import Explorer
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS


def measure(explorer: Explorer, count: int | None = None) -> None:
    """Compute the run metrics of the first `count` checkpoints, or of all."""
    steps = explorer.run_metrics(explorer.epochs[-1]).steps()
    for number, _ in enumerate(steps, 1):
        if number == count:
            return


def table_rows(explorer: Explorer, name: str, **selected: int) -> list[dict[str, object]]:
    """The table of a view as dictionaries; `selected` are fields of the selection."""
    view = VIEWS[name]
    table = view.table(view.query(explorer, replace(initial_selection(explorer), **selected)))
    columns = [column.name for column in table.columns]
    return [dict(zip(columns, row, strict=True)) for row in table.rows]
