"""The fast rasteriser draws the same dots as plotext."""

import numpy as np
import pytest

from grok_tui.render.charts.canvas import Canvas, Trace
from grok_tui.render.charts.plotext_canvas import draw_with_plotext
from grok_tui.render.charts.raster import rasterise
from tests.grok_tui.render.charts.canvas_text import canvas_text


def trace(
    *points: tuple[float, float], line: bool = True, marker: str = "braille", gaps: tuple[int, ...] = ()
) -> Trace:
    x, y = np.array(points, dtype=float).T
    return Trace(x, y, np.isin(np.arange(len(points)), gaps), line, marker)


def dots(canvas: Canvas) -> set[tuple[int, int]]:
    """(x, y) of the braille dots, from the left and from below."""
    positions = ((0, 3), (0, 2), (0, 1), (1, 3), (1, 2), (1, 1), (0, 0), (1, 0))  # of the bits 0..7
    rows, columns = canvas.glyphs.shape
    masks = np.where(canvas.glyphs > 0x2800, canvas.glyphs - 0x2800, 0).tolist()
    return {
        (2 * column + x, 4 * (rows - 1 - row) + y)
        for row in range(rows)
        for column in range(columns)
        for bit, (x, y) in enumerate(positions)
        if masks[row][column] >> bit & 1
    }


def test_points_are_drawn_as_plotext_draws_them():
    points = np.random.default_rng(0).integers(0, (40, 24), (60, 2)).astype(float)
    scattered = trace(*map(tuple, points.tolist()), line=False)
    assert canvas_text(rasterise([scattered], 20, 6)) == canvas_text(draw_with_plotext([scattered], 20, 6))
    assert dots(rasterise([scattered], 20, 6)) == set(map(tuple, points.astype(int).tolist()))


def test_lines_stay_within_a_dot_of_plotext():
    generator = np.random.default_rng(1)
    walk = [(float(x), float(y)) for x, y in zip(range(0, 80, 3), generator.integers(0, 48, 27), strict=True)]
    rasterised, plotted = (dots(draw([trace(*walk)], 40, 12)) for draw in (rasterise, draw_with_plotext))
    for dots_a, dots_b in ((rasterised, plotted), (plotted, rasterised)):
        assert all(any(abs(x - a) <= 1 and abs(y - b) <= 1 for a, b in dots_b) for x, y in dots_a)


def test_a_line_has_no_holes_and_a_gap_has_no_line():
    steep = dots(rasterise([trace((0.0, 0.0), (3.0, 15.0))], 4, 4))
    assert {y for _, y in steep} == set(range(16))
    gap = dots(rasterise([trace((0.0, 0.0), (3.0, 0.0), (10.0, 0.0), (12.0, 0.0), gaps=(2,))], 8, 1))
    assert {x for x, _ in gap} == {0, 1, 2, 3, 10, 11, 12}


def test_dots_outside_the_canvas_are_clipped():
    outside = trace((-4.0, -9.0), (3.0, 3.0), (30.0, 60.0))
    assert dots(rasterise([outside], 2, 1)) <= {(x, y) for x in range(4) for y in range(4)}


@pytest.mark.parametrize(("marker", "drawn"), [("braille", "⡠⠊"), ("quadrant", "▄▀"), ("half", "▄▀"), ("*", "**")])
def test_a_rising_line_in_every_marker(marker: str, drawn: str):
    assert canvas_text(rasterise([trace((0.0, 0.0), (3.0, 3.0), marker=marker)], 2, 1)) == drawn


def test_a_cell_belongs_to_the_trace_that_drew_it_last():
    first, second = trace((0.0, 0.0), (7.0, 0.0)), trace((2.0, 3.0), line=False)
    canvas = rasterise([first, second], 4, 1)
    assert canvas.owners.tolist() == [[0, 1, 0, 0]]
    assert canvas_text(canvas)[1] == "⣁"  # the dots of both
