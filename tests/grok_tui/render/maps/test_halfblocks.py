"""A line of half-blocks has as few spans and colours as possible."""

from collections.abc import Sequence

import pytest

from grok_tui.render.cells import Line, Span, Style
from grok_tui.render.maps.halfblocks import half_blocks, pair_styles

COLOURS = ("#000000", "#ff0000", "#00ff00", "#0000ff")


def draw(*stretches: tuple[int, int, int]) -> Line:
    """Draw stretches of (upper level, lower level, number of cells)."""
    return half_blocks(stretches, pair_styles(COLOURS))


@pytest.mark.parametrize(
    ("stretches", "line"),
    [
        ([], ()),
        ([(1, 1, 3)], (Span("   ", Style(None, "#ff0000")),)),
        ([(1, 2, 2)], (Span("▀▀", Style("#ff0000", "#00ff00")),)),
        ([(1, 2, 1), (2, 1, 1), (1, 1, 1), (2, 2, 1)], (Span("▀▄█ ", Style("#ff0000", "#00ff00")),)),
        ([(1, 1, 1), (1, 2, 1)], (Span(" ▄", Style("#00ff00", "#ff0000")),)),
    ],
    ids=["empty", "one colour", "two colours", "all glyphs", "free foreground"],
)
def test_two_colours_are_one_span(stretches: Sequence[tuple[int, int, int]], line: Line):
    assert draw(*stretches) == line


def test_a_third_colour_begins_a_span_that_keeps_a_colour_in_force():
    first, second = draw((1, 2, 1), (3, 2, 1))
    assert first == Span("▀", Style("#ff0000", "#00ff00"))
    assert second == Span("▀", Style("#0000ff", "#00ff00"))


def test_styles_are_indexed_by_background_then_foreground():
    styles = pair_styles(COLOURS)
    assert styles[1][2] == Style("#00ff00", "#ff0000")
    assert styles[1][-1] == Style(None, "#ff0000")
