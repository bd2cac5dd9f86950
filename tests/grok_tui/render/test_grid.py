"""Arrays of glyphs and styles become drawings of few spans."""

import numpy as np

from grok_tui.render.cells import Drawing, Span, Style
from grok_tui.render.grid import draw_grid

RED, GREEN, RED_ON_BLUE = Style("#ff0000"), Style("#00ff00"), Style("#ff0000", "#0000ff")
STYLES = (RED, GREEN, RED_ON_BLUE)


def draw(text: str, codes: list[int]) -> Drawing:
    glyphs = np.array([[*map(ord, text)]], dtype=np.uint32)
    return draw_grid(glyphs, np.array([codes]), STYLES)


def test_neighbours_of_one_style_are_one_span():
    assert draw("abc", [0, 0, 1]).lines == ((Span("ab", RED), Span("c", GREEN)),)


def test_a_blank_takes_the_style_of_the_cell_to_its_left():
    assert draw("a b", [0, 1, 0]).lines == ((Span("a b", RED),),)
    assert draw("a\u2800b", [0, 1, 1]).lines == ((Span("a\u2800", RED), Span("b", GREEN)),)


def test_a_blank_keeps_its_background():
    assert draw("a b", [0, 2, 0]).lines == ((Span("a", RED), Span(" ", RED_ON_BLUE), Span("b", RED)),)


def test_a_grid_without_columns_has_empty_lines():
    empty = draw_grid(np.zeros((2, 0), np.uint32), np.zeros((2, 0), np.intp), STYLES)
    assert empty == Drawing(0, ((), ()))
