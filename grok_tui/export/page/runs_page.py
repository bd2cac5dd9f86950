"""The page of many runs: their table, which sorts, and the figures of their groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.errors import GrokError
from engine.many_runs.run_row import RunRow
from grok_tui.export.page.about_text import caption_text
from grok_tui.export.page.arrays import ArrayPool, Json
from grok_tui.export.page.document import runs_document
from grok_tui.export.page.figures import LAYOUT, PALETTE, figure_json
from grok_tui.export.page.palettes import palettes_json
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.cell_text import clean, from_cells
from grok_tui.render.table import Value, is_numeric, text_of
from grok_tui.run_views import RUN_VIEWS, run_table
from grok_tui.run_views.run_view import RunsView, ShownRuns


def runs_page(shown: ShownRuns, views: Sequence[str], provenance: Mapping[str, Any]) -> str:
    """The page of the runs on show, with the figures of these views of many runs."""
    pool = ArrayPool()
    answer = run_table.query(shown)
    title = run_table.title(answer)
    data = {
        "kind": "runs",
        "title": clean(title),
        "version": provenance["version"],
        "head": [clean(line) for line in provenance_lines(provenance)],
        "palettes": palettes_json(),
        "table": _table_json(shown, pool),
        "about": _about_json(run_table.VIEW),
        "views": [_view_json(RUN_VIEWS[name], shown, pool) for name in views],
        "arrays": pool.arrays,
        "objects": pool.objects,
    }
    return runs_document(f"{title} · grok-tui", data)


def _table_json(shown: ShownRuns, pool: ArrayPool) -> Json:
    """The columns that have values, with the text of each and the value that sorts it, and the curves of the losses."""
    table = run_table.run_table(shown.shown)
    filled = [i for i, column in enumerate(table.columns) if _tells_apart(column.name, [row[i] for row in table.rows])]
    columns = [(table.columns[i], is_numeric(table.rows, i)) for i in filled]
    return {
        "columns": [{"name": column.name.replace("_", " "), "numeric": numeric} for column, numeric in columns],
        "rows": [
            {
                "texts": [from_cells(text_of(row[i], table.columns[i])) for i in filled],
                "values": [row[i] for i in filled],
                "curve": _curve_json(run, pool),
            }
            for row, run in zip(table.rows, shown.shown.rows, strict=True)
        ],
    }


def _tells_apart(name: str, values: Sequence[Value]) -> bool:
    """Whether a column has values, and not only those that the title has already."""
    found = set(values) - {None, ""}
    return bool(found) and not (name in run_table.TITLE_SETTINGS and len(set(values)) == 1)


def _curve_json(run: RunRow, pool: ArrayPool) -> Json:
    losses = [np.nan if loss is None else loss for loss in run.losses.test]
    if not np.isfinite(losses).any():
        return None
    return {"x": pool.add(np.array(run.losses.epochs, dtype=float)), "y": pool.add(np.array(losses, dtype=float))}


def _view_json(view: RunsView[Any], shown: ShownRuns, pool: ArrayPool) -> Json:
    """A figure of the runs, or why it is absent."""
    try:
        answer = view.query(shown)
        drawing = view.draw(answer, *LAYOUT, PALETTE)
        title, figure = clean(view.title(answer)), figure_json(drawing, pool)
    except GrokError as error:
        title, figure = view.name, {"absent": clean(str(error))}
    return {**_about_json(view), "title": title, "figure": figure or {"absent": "there is nothing to draw."}}


def _about_json(view: RunsView[Any]) -> dict[str, Json]:
    about = view.about
    return {
        "name": view.name,
        "caption": caption_text(about.shows, None),
        "definition": caption_text(about.definition, None),
        "reading": caption_text(about.reading, None),
    }
