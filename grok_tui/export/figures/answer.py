"""An answer of a view as a figure for a paper. matplotlib is imported when the first one is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from grok_tui.export.figures.options import LAYOUT, FigureFormat, FigureStyle, require_matplotlib
from grok_tui.queries.provenance import provenance_lines
from grok_tui.render.palette import choose_palette
from grok_tui.views.view import Figure


def figure_of_answer(
    view: Figure[Any],
    answer: Any,
    provenance: Mapping[str, Any],
    form: FigureFormat,
    style: FigureStyle = FigureStyle(),  # noqa: B008 - frozen
    layout: tuple[int, int] = LAYOUT,
) -> bytes:
    """The file of a figure, which has the parts that the view draws on `layout`, columns and rows of cells.

    Raises:
        NoFigure: matplotlib is not installed, or the view describes nothing that a figure can draw.
    """
    require_matplotlib(form)
    from grok_tui.export.figures.figure import render_figure

    drawing = view.draw(answer, *layout, choose_palette(style.dark))
    # A view of an ablated network names what is ablated.
    caption = provenance_lines({**provenance, "ablation": None})
    return render_figure(drawing, view.title(answer), caption, provenance, form, style)
