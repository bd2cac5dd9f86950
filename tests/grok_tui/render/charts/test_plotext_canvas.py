"""plotext draws a trace as dots of braille cells, whatever its global figure drew before."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from grok_tui.render.charts.canvas import Canvas, Trace
from grok_tui.render.charts.plotext_canvas import draw_with_plotext
from tests.grok_tui.render.charts.canvas_text import canvas_text


def diagonal(marker: str, *, line: bool = True, broken: bool = False) -> Trace:
    """A trace from dot (0, 0) to dot (7, 7)."""
    return Trace(np.array([0.0, 7.0]), np.array([0.0, 7.0]), np.array([False, broken]), line, marker)


@pytest.mark.parametrize(
    ("trace", "text"),
    [
        (diagonal("braille"), "  ⡠⠊\n⡠⠊"),
        (diagonal("braille", line=False), "   ⠈\n⡀"),
        (diagonal("braille", broken=True), "   ⠈\n⡀"),
        (diagonal("*"), "   *\n***"),
    ],
    ids=["line", "points", "gap", "glyphs"],
)
def test_a_trace_is_drawn_in_its_marker(trace: Trace, text: str):
    assert canvas_text(draw_with_plotext([trace], 4, 2)) == text


def test_a_cell_belongs_to_the_trace_that_drew_it():
    canvas = draw_with_plotext([diagonal("braille", line=False)], 4, 2)
    assert canvas.owners.tolist() == [[-1, -1, -1, 0], [0, -1, -1, -1]]


def test_drawings_of_several_threads_do_not_mix():
    """plotext has one global figure; every thread gets the drawing that it would get alone."""

    def draw(columns: int) -> Canvas:
        return draw_with_plotext([diagonal("braille")], columns, 4)

    sizes = [*range(4, 30)]
    with ThreadPoolExecutor(4) as threads:
        concurrent = [*threads.map(draw, sizes)]
    assert [canvas_text(canvas) for canvas in concurrent] == [canvas_text(draw(columns)) for columns in sizes]
