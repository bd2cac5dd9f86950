"""A small map loses its legend, then its ticks; the layout converts values to cells and back."""

import numpy as np
import pytest

from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import layout_map, map_ticks
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import DARK, MONO, Palette

SCALE = Scale(0, 1, False)


def test_a_small_square_map_is_enlarged_by_whole_factors_to_squares():
    plot = layout_map((4, 4), 60, 20, DARK, scale=SCALE)
    assert plot.columns == 2 * plot.rows  # a cell is half as wide as it is high
    assert plot.columns % 4 == 0
    glyphs = layout_map((4, 4), 60, 20, MONO, scale=SCALE)
    assert glyphs.columns == 2 * glyphs.rows


@pytest.mark.parametrize("shape", [(113, 113), (7, 5), (3, 200)])
@pytest.mark.parametrize("palette", [DARK, MONO])
def test_a_cell_leads_back_to_the_values_that_it_shows(shape: tuple[int, int], palette: Palette):
    plot = layout_map(shape, 70, 25, palette, scale=SCALE)
    for row in range(plot.top, plot.top + plot.rows):
        for column in range(plot.left, plot.left + plot.columns):
            rows, columns = plot.block(column - plot.left, row - plot.top)
            for value in ((rows.start, columns.start), (rows.stop - 1, columns.stop - 1)):
                cell_column, cell_row = plot.cell_of(*value)
                assert abs(cell_column - column) <= plot.factor[1]
                assert abs(cell_row - row) <= plot.factor[0]


@pytest.mark.parametrize(
    ("size", "legend", "ticks"),
    [
        ((60, 20), "side", True),
        ((16, 12), "line", True),
        ((12, 5), "", True),
        ((11, 20), "", False),
        ((60, 4), "", False),
    ],
)
def test_a_small_map_has_no_legend_then_no_ticks(size: tuple[int, int], legend: str, ticks: bool):
    plot = layout_map((113, 113), *size, DARK, scale=SCALE)
    assert (plot.legend, plot.ticks) == (legend, ticks)


def test_a_map_without_its_legend_has_more_columns():
    with_legend, without = (layout_map((40, 200), 60, 20, DARK, legend=legend) for legend in (True, False))
    assert without.legend == ""
    assert without.columns > with_legend.columns


def test_ticks_are_names_or_indices_or_numbers_of_a_range():
    assert map_ticks(9, None, 9, [(3, "two"), (20, "out")]) == [(3, "two"), (8, "out")]
    assert map_ticks(5, None, 3, None) == [(0, "0"), (2, "2"), (4, "4")]
    assert map_ticks(5, (0.0, 1.0), 3, None) == [(0, "0"), (2, "0.5"), (4, "1.0")]
    assert map_ticks(5, (1.0, 0.0), 3, None) == [(4, "0"), (2, "0.5"), (0, "1.0")]
    assert map_ticks(5, (2.0, 2.0), 3, None) == [(0, "2")]


def test_names_are_beside_their_values():
    names = [(3, "two"), (9, "five")]
    plot = layout_map((11, 11), 50, 14, MONO, scale=SCALE, names=names, legend=False)
    lines = heatmap(np.zeros((11, 11)), 50, 14, MONO, names=names, legend=False).plain().splitlines()
    assert lines[plot.top + plot.rows].split() == ["two", "five"]
    for index, name in names:
        column, row = plot.cell_of(index, index)
        assert lines[row].split()[0] == name
        start = lines[plot.top + plot.rows].index(name)
        assert start <= column < start + len(name)
