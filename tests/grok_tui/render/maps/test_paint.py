"""Every half of every cell has the colour of its value, however the line is divided into spans."""

import numpy as np
import pytest

from grok_tui.render.cells import Drawing
from grok_tui.render.maps.paint import level_count, paint, shades_only, swatches
from grok_tui.render.palette import ASCII, DARK, MONO


def halves(drawing: Drawing) -> list[list[str | None]]:
    """The colours of the upper and the lower halves of the cells, in alternating rows."""
    rows: list[list[str | None]] = []
    for line in drawing.lines:
        cells = [(glyph, span.style) for span in line for glyph in span.text]
        rows.append([style.fg if glyph in "▀█" else style.bg for glyph, style in cells])
        rows.append([style.fg if glyph in "▄█" else style.bg for glyph, style in cells])
    return rows


@pytest.mark.parametrize("count", [2, 3, 16])
@pytest.mark.parametrize("rows", [2, 7])
def test_every_half_cell_has_its_colour(count: int, rows: int):
    levels = np.random.default_rng(count).integers(0, count, (rows, 200))
    painted = halves(paint(levels, DARK, diverging=False))
    assert painted[:rows] == [[DARK.sequential[level] for level in row] for row in levels.tolist()]


def test_two_colours_are_one_span():
    levels = np.random.default_rng(0).integers(0, 2, (2, 50)) * 9
    assert len(paint(levels, DARK, diverging=False).lines[0]) == 1
    three = np.array([[1, 1, 2, 2, 3, 3], [1, 2, 1, 2, 2, 3]])
    assert len(paint(three, DARK, diverging=False).lines[0]) == 2


def test_a_missing_half_has_no_colour():
    levels = np.array([[16, 16, 3], [16, 3, 16]])
    assert halves(paint(levels, DARK, diverging=False))[1][1] == DARK.sequential[3]
    assert halves(paint(levels, DARK, diverging=False))[0][2] == DARK.sequential[3]
    assert paint(levels, DARK, diverging=False).plain()[0] == "·"


def test_palettes_without_colour_draw_shades():
    assert shades_only(MONO)
    assert not shades_only(DARK)
    levels = np.arange(level_count(MONO, diverging=False))[None, :]
    assert paint(levels, MONO, diverging=False).plain() == " ░▒▓█"
    assert paint(levels + 1, ASCII, diverging=False, missing="?").plain().startswith(".:-=")


def test_there_is_a_swatch_for_every_pair_of_levels():
    count = level_count(DARK, diverging=True)
    cells = swatches(DARK, diverging=True)
    assert len(cells) == (count + 2) ** 2
    assert cells[3 * (count + 2) + 5].style == (DARK.diverging[3], DARK.diverging[5], False)
    assert cells[count * (count + 2) + count].text == "·"
