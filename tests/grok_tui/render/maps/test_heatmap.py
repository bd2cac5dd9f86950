"""A map shows its largest values at any size, and every cell has the readout of a value."""

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, Span
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette
from tests.grok_tui.render.readout_text import all_texts

SIZES = [(0, 0), (1, 1), (3, 9), (10, 4), (12, 5), (20, 6), (24, 8), (60, 20), (61, 21), (100, 30), (300, 90)]


def cells(drawing: Drawing) -> list[list[Span]]:
    return [[Span(glyph, span.style) for span in line for glyph in span.text] for line in drawing.lines]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("shape", [(113, 113), (4, 3), (1, 1), (1, 200), (57, 4)])
def test_a_map_has_exactly_the_requested_size(size: tuple[int, int], palette: Palette, shape: tuple[int, int]):
    values = np.cos(np.arange(shape[0] * shape[1], dtype=float)).reshape(shape)
    drawing = heatmap(values, *size, palette, x_label="component of x", y_label="y", marks=[(0, 0)])
    assert (drawing.width, drawing.height) == size
    assert {sum(len(span.text) for span in line) for line in drawing.lines} <= {size[0]}


@pytest.mark.parametrize("where", [(0, 0), (56, 71), (112, 112)])
def test_a_single_bright_value_survives_shrinking(where: tuple[int, int]):
    values = np.zeros((113, 113))
    values[where] = 1.0
    plot = layout_map(values.shape, 60, 20, DARK, scale=Scale.of(values))
    column, row = plot.cell_of(*where)
    cell = cells(heatmap(values, 60, 20, DARK))[row][column]
    assert DARK.sequential[-1] in (cell.style.fg, cell.style.bg)


def test_nan_is_drawn_as_a_gap():
    values = np.ones((4, 4))
    values[:2, :] = np.nan
    drawing = heatmap(values, 10, 4, DARK)
    assert drawing.plain().startswith("····")
    assert heatmap(np.full((3, 3), np.nan), 20, 8, ASCII).height == 8


def test_signs_differ_without_colour():
    text = heatmap(np.array([[1.0, -1.0]]), 30, 6, MONO).plain()
    assert "█" in text
    assert "#" in text
    assert heatmap(np.array([[1.0, -1.0]]), 30, 6, ASCII).plain().isascii()


def test_a_mark_contrasts_with_the_darkest_and_the_brightest_value():
    for palette in (DARK, LIGHT):
        for value in (0.0, 1.0):
            values = np.array([[1 - value, value], [1 - value, value]])
            drawing = heatmap(values, 40, 12, palette, marks=[(0, 1)])
            ((mark,),) = [[c for c in line if c.text == "┼"] for line in cells(drawing) if "┼" in str(line)]
            assert {mark.style.fg, mark.style.bg} == {"#000000", "#ffffff"}


def test_axes_have_numbers_labels_and_a_scale_with_its_unit():
    values = np.arange(113.0 * 113).reshape(113, 113)
    text = heatmap(values, 60, 20, DARK, scale=Scale(0, 2, False, "nats"), x_label="x", y_label="y").plain()
    lines = text.split("\n")
    assert lines[0].split()[0] == "0"
    assert "nats" in text
    assert {"0", "20", "100", "x"} <= set(lines[-1].split())
    assert any(line.split()[:1] == ["y"] for line in lines)
    ranged = heatmap(values, 60, 20, DARK, x_range=(0.0, 1.0)).plain().split("\n")[-1]
    assert {"0", "0.2", "1.0"} <= set(ranged.split())


@pytest.mark.parametrize("size", SIZES)
def test_a_map_without_a_legend_has_exactly_the_requested_size(size: tuple[int, int]):
    drawing = heatmap(np.eye(5), *size, DARK, legend=False)
    assert (drawing.width, drawing.height) == size


GRID = np.arange(12.0).reshape(3, 4)


def test_the_readout_of_a_cell_is_its_value():
    plot = layout_map(GRID.shape, 40, 12, MONO, scale=Scale.of(GRID))
    drawing = heatmap(GRID, 40, 12, MONO, x_label="z", y_label="head")
    column, row = plot.cell_of(2, 3)
    texts = all_texts(drawing)
    assert texts[column, row] == "z 3, head 2: 11"
    assert len(texts) == plot.columns * plot.rows
    assert {float(text.split(": ")[1]) for text in texts.values()} == set(range(12))


def test_the_readout_of_a_pooled_cell_is_its_value_of_largest_magnitude():
    values = np.zeros((113, 113))
    values[50, 60] = -7.5
    drawing = heatmap(values, 60, 20, DARK, x_label="x", y_label="y")
    (text,) = {text for text in all_texts(drawing).values() if "-7.5" in text}
    assert text.startswith("x 60, y 50: -7.5 (largest of ")
