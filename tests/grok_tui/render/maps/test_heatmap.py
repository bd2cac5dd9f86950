"""A map shows where its large values are, at any size."""

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, Span
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette
from grok_tui.render.pooling import pool

SIZES = [(0, 0), (1, 1), (3, 9), (10, 4), (12, 5), (20, 6), (24, 8), (60, 20), (61, 21), (100, 30), (300, 90)]


def cells(drawing: Drawing) -> list[list[Span]]:
    return [[Span(glyph, run.style) for run in line for glyph in run.text] for line in drawing.lines]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("shape", [(113, 113), (4, 3), (1, 1), (1, 200), (57, 4)])
def test_a_map_has_exactly_the_size_asked_for(size: tuple[int, int], palette: Palette, shape: tuple[int, int]):
    values = np.cos(np.arange(shape[0] * shape[1], dtype=float)).reshape(shape)
    drawing = heatmap(values, *size, palette, x_label="component of x", y_label="y", marks=[(0, 0)])
    assert (drawing.width, drawing.height) == size
    assert {sum(len(run.text) for run in line) for line in drawing.lines} <= {size[0]}


@pytest.mark.parametrize("where", [(0, 0), (56, 71), (112, 112)])
def test_a_single_bright_value_survives_shrinking(where: tuple[int, int]):
    values = np.zeros((113, 113))
    values[where] = 1.0
    plot = layout_map(values.shape, 60, 20, DARK, scale=Scale.of(values))
    column, row = plot.cell_of(*where)
    cell = cells(heatmap(values, 60, 20, DARK))[row][column]
    assert DARK.sequential[-1] in (cell.style.fg, cell.style.bg)


def test_pooling_keeps_the_sign_of_the_largest_magnitude():
    values = np.array([[1.0, -3.0, 0.0, np.nan], [2.0, 0.5, np.nan, np.nan]])
    assert pool(values, 1, 2).tolist() == [[-3.0, 0.0]]
    assert np.isnan(pool(values, 1, 4)[0, 3])


def test_a_small_square_map_is_enlarged_by_whole_factors_to_squares():
    plot = layout_map((4, 4), 60, 20, DARK, scale=Scale(0, 1, False))
    assert plot.columns == 2 * plot.rows  # a cell is half as wide as it is high
    assert plot.columns % 4 == 0
    glyphs = layout_map((4, 4), 60, 20, MONO, scale=Scale(0, 1, False))
    assert glyphs.columns == 2 * glyphs.rows


@pytest.mark.parametrize("shape", [(113, 113), (7, 5), (3, 200)])
@pytest.mark.parametrize("palette", [DARK, MONO])
def test_a_cell_leads_back_to_the_values_that_it_shows(shape: tuple[int, int], palette: Palette):
    plot = layout_map(shape, 70, 25, palette, scale=Scale(0, 1, False))
    for row in range(plot.top, plot.top + plot.rows):
        for column in range(plot.left, plot.left + plot.columns):
            rows, columns = plot.block(column - plot.left, row - plot.top)
            for value in ((rows.start, columns.start), (rows.stop - 1, columns.stop - 1)):
                found = plot.cell_of(*value)
                assert abs(found[0] - column) <= plot.factor[1]
                assert abs(found[1] - row) <= plot.factor[0]


def test_a_scale_is_symmetric_exactly_where_both_signs_occur():
    assert Scale.of(np.array([-1.0, 3.0, np.nan, np.inf])) == Scale(-3.0, 3.0, True)
    assert Scale.of(np.array([1.0, 3.0])) == Scale(1.0, 3.0, False)
    assert Scale.of(np.array([2.0, 2.0]), unit="nats") == Scale(0.0, 2.0, False, "nats")
    assert Scale.of(np.array([np.nan])) == Scale(0.0, 0.0, False)


def test_zero_is_the_middle_and_nan_is_beyond_the_levels():
    levels = Scale(-2, 2, True).levels(np.array([-2.0, 0.0, 2.0, np.nan, np.inf]), 17)
    assert levels.tolist() == [0, 8, 16, 17, 16]
    assert Scale(0, 0, True).levels(np.array([0.0]), 17).tolist() == [8]
    assert Scale(0, 0, False).levels(np.array([0.0]), 16).tolist() == [0]


def test_what_is_missing_is_not_a_value():
    values = np.ones((4, 4))
    values[:2, :] = np.nan
    drawing = heatmap(values, 10, 4, DARK)
    assert drawing.plain().startswith("····")
    assert heatmap(np.full((3, 3), np.nan), 20, 8, ASCII).height == 8


def test_signs_can_be_told_apart_without_colour():
    text = heatmap(np.array([[1.0, -1.0]]), 30, 6, MONO).plain()
    assert "█" in text
    assert "#" in text
    assert heatmap(np.array([[1.0, -1.0]]), 30, 6, ASCII).plain().isascii()


def test_a_mark_is_visible_on_the_darkest_and_the_brightest_value():
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


def test_named_values_have_their_names_beside_them_and_no_other_numbers():
    names = [(3, "two"), (9, "five")]
    plot = layout_map((11, 11), 50, 14, MONO, scale=Scale(0, 1, False), names=names, legend=False)
    lines = heatmap(np.zeros((11, 11)), 50, 14, MONO, names=names, legend=False).plain().splitlines()
    assert lines[plot.top + plot.rows].split() == ["two", "five"]
    for index, name in names:
        column, row = plot.cell_of(index, index)
        assert lines[row].split()[0] == name
        start = lines[plot.top + plot.rows].index(name)
        assert start <= column < start + len(name)


@pytest.mark.parametrize("size", SIZES)
def test_a_map_without_its_legend_leaves_no_room_for_it(size: tuple[int, int]):
    drawing = heatmap(np.eye(5), *size, DARK, legend=False)
    assert (drawing.width, drawing.height) == size
    with_legend, without = (layout_map((40, 200), 60, 20, DARK, legend=legend) for legend in (True, False))
    assert without.legend == ""
    assert without.columns > with_legend.columns
