"""A canvas gets the colours of its traces, bands and shades."""

import numpy as np

from grok_tui.render.cells import Span, Style
from grok_tui.render.charts.canvas import Canvas, cell_shades, colour_canvas

RED, GREEN = Style("#ff0000"), Style("#00ff00")
CANVAS = Canvas(np.array([[*map(ord, "ab c")]], dtype=np.uint32), np.array([[0, 1, -1, 0]]))


def test_a_cell_has_the_style_of_its_trace_and_the_background_of_its_column():
    drawing = colour_canvas(CANVAS, [RED, GREEN], [None, None, "#222222", "#222222"], [None, None])
    assert drawing.lines == (
        (Span("a", RED), Span("b", GREEN), Span(" ", Style(None, "#222222")), Span("c", Style("#ff0000", "#222222"))),
    )


def test_shades_replace_the_style_of_their_trace():
    shades = (np.array([[0, 0, 0, 1]]), [Style("#111111"), Style("#eeeeee")])
    drawing = colour_canvas(CANVAS, [RED, GREEN], [None] * 4, [shades, None])
    styles = {span.text.strip(): span.style.fg for span in drawing.lines[0]}
    assert styles == {"a": "#111111", "b": "#00ff00", "c": "#eeeeee"}


def test_the_strongest_point_shades_its_cell():
    x, y = np.array([0.0, 1.0, 2.0, np.nan, 99.0]), np.array([0.0, 3.0, 4.0, 0.0, 0.0])
    shade = np.array([0.2, 0.7, 5.0, 1.0, 1.0])
    assert cell_shades(shade, x, y, 2, 2).tolist() == [[0.0, 1.0], [0.7, 0.0]]
