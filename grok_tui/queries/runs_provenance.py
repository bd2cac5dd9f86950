"""Provenance of tables and figures of many runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from engine import __version__
from grok_tui.run_views.run_view import RunsView, ShownRuns, group_fields


def runs_provenance(runs: ShownRuns, folders: Sequence[Path], view: RunsView[object]) -> dict[str, object]:
    """Which runs a figure is about, and the choices that it depends on.

    `runs` counts those in the figure, `runs_found` those below the folders; `marked` names the marked ones if the
    figure is of these alone. `figure` has the choices of figures, None for the table of runs.
    """
    selection = runs.selection
    of_marked = len(runs.chosen.rows) < len(runs.shown.rows)
    is_table = not view.keys or view.name == "runs"
    rows = runs.shown.rows if is_table else runs.chosen.rows
    return {
        "folders": [str(folder) for folder in folders],
        "runs": len(rows),
        "runs_found": runs.n_all,
        "filter": selection.where or None,
        "order": selection.order,
        "marked": [row.name for row in rows] if of_marked and not is_table else None,
        "grouped_by": None if is_table else list(group_fields(rows, selection.group_by)),
        "figure": None if is_table else asdict(selection.figure),
        "version": __version__,
    }
