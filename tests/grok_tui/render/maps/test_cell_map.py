"""Maps of few large cells: whole numbers or no map, names of rows and columns, holes, the marked cell."""

from __future__ import annotations

import math

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, slice_line
from grok_tui.render.maps.cell_map import CellTexts, cell_map
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette, luminance
from grok_tui.render.readout import Readout
from tests.grok_tui.render.readout_text import text_at

VALUES = np.array([[1.0, 2.0, 3.0], [4.0, math.nan, 12_000.0]])
TEXTS = CellTexts([[[f"{value:,.0f}" if np.isfinite(value) else "–", "± 1", "n 8"] for value in row] for row in VALUES])


def drawn(width: int = 60, height: int = 16, palette: Palette = DARK, **options: object) -> Drawing | None:
    names = {"x_names": ["0.3", "1", "3"], "y_names": ["0.5", "0.3"], "x_label": "decay", "y_label": "share"}
    return cell_map(VALUES, TEXTS, width, height, palette, **{**names, **options})


def test_numbers_names_and_labels_are_written() -> None:
    text = drawn().plain()
    for word in ("12,000", "± 1", "n 8", "0.3", "0.5", "decay", "share"):
        assert word in text
    assert text.split("\n")[0] == "share"


@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
def test_it_has_its_size_or_there_is_none(palette: Palette) -> None:
    for width in range(5, 90, 5):
        for height in range(2, 24, 3):
            drawing = drawn(width, height, palette)
            if drawing is not None:
                assert (drawing.width, drawing.height) == (width, height)
                assert "12,000" in drawing.plain() or palette.ascii
    assert drawn(25, 16) is None
    assert drawn(60, 4) is None


def test_a_low_cell_has_the_most_important_line_alone() -> None:
    text = drawn(60, 5).plain()
    assert "12,000" in text
    assert "± 1" not in text


def background(drawing: Drawing, text: str) -> tuple[str | None, str | None]:
    """The colours of the cell with a text."""
    for line in drawing.lines:
        row = "".join(span.text for span in line)
        if (start := row.find(text)) >= 0:
            style = slice_line(line, start, start + 1)[0].style
            return style.fg, style.bg
    raise AssertionError(f"{text} is not drawn")


def test_a_hole_has_no_colour_and_other_cells_contrast_with_their_number() -> None:
    drawing = drawn()
    assert background(drawing, "–")[1] is None
    for text in ("1", "12,000"):
        foreground, back = background(drawing, text.rjust(7) if text == "1" else text)
        assert back is None or abs(luminance(foreground or "#ffffff") - luminance(back)) > 0.3


def test_the_marked_cell_has_pointers() -> None:
    assert "▸12,000◂" in drawn(marked=(1, 2)).plain()
    assert ">12,000<" in drawn(palette=ASCII, marked=(1, 2)).plain()


def test_a_readout_names_the_cell() -> None:
    drawing = drawn(read=lambda row, column: Readout(f"row {row}, column {column}"))
    places = [(x, y) for y, line in enumerate(drawing.plain().split("\n")) for x in [line.find("12,000")] if x >= 0]
    assert text_at(drawing, *places[0]) == "row 1, column 2"
