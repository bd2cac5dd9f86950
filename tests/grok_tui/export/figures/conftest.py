"""Figures of the views of the tiny run; skipped without matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from engine import Explorer
from grok_tui.export.figures.options import LAYOUT, FigureStyle
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.palette import DARK, LIGHT
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FigureOf = Callable[..., "tuple[Figure, Any]"]


@pytest.fixture(autouse=True)
def _has_matplotlib() -> None:
    pytest.importorskip("matplotlib", reason="figures need matplotlib: pip install 'grok-tui[figures]'")


@pytest.fixture
def figure_of(measured: Explorer) -> FigureOf:
    """`figure_of("losses", dark=True)` is the figure of a view, and the answer that it shows."""

    def draw(name: str, **style: Any) -> tuple[Figure, Any]:
        from grok_tui.export.figures.figure import draw_figure

        view, look = VIEWS[name], FigureStyle(**style)
        answer = answer_view(view, measured, initial_selection(measured))
        drawing = view.draw(answer, *LAYOUT, DARK if look.dark else LIGHT)
        return draw_figure(drawing, view.title(answer), ["run tiny"], look), answer

    return draw
