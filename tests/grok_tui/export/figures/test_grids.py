"""The places of plots: columns in line, equal squares, charts as high as the maps beside them, nothing overlapping."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
import pytest

from grok_tui.render.maps.scale import Scale
from grok_tui.render.plots import BarPlot, MapPlot, PlacedPlot, Plot, TablePlot, TextPlot
from grok_tui.render.table import Column, Table

SQUARE = MapPlot(np.zeros((5, 5)), Scale(0.0, 1.0, diverging=False))
BARS = BarPlot(np.ones(3), (0.0, 1.0))
TABLE = TablePlot(Table((Column("n"),), ((1,),)))


@dataclass
class Sizes:
    """Charts are 50 points high, texts 10, tables `table`; `margins_of` are those of some plots, by identity."""

    margins_of: dict[int, tuple[float, ...]] = field(default_factory=dict)
    table: float = 200.0
    column_gap: float = 8.0
    row_gap: float = 4.0
    natural: float = 100.0

    def margins(self, placed):
        from grok_tui.export.figures.grids import Margins

        return Margins(*self.margins_of.get(id(placed), (20.0, 5.0, 6.0, 12.0)))

    def height(self, placed, width):
        if isinstance(placed.plot, TextPlot):
            return 10.0
        if isinstance(placed.plot, TablePlot):
            return self.table
        return min(width, 300.0) if placed.plot is SQUARE else 50.0

    def table_width(self, placed):
        return self.natural if isinstance(placed.plot, TablePlot) else None


def placed(plot: Plot, width: int = 30) -> PlacedPlot:
    return PlacedPlot(0, 0, width, 9, plot)


def solved(root, sizes: Sizes, width: float = 400.0):
    from grok_tui.export.figures.grids import solve

    boxes, height = solve(root, width, sizes)
    return {id(plot): box for plot, box in boxes}, height


def group(direction, *parts):
    from grok_tui.export.figures.layout import Group

    return Group(parts, direction)


def test_squares_of_a_grid_are_equal_and_in_line_whatever_is_beside_them() -> None:
    rows = [[placed(SQUARE) for _ in range(3)] for _ in range(2)]
    wide = {id(rows[1][2]): (60.0, 40.0, 0.0, 70.0)}
    root = group("down", *(group("across", *row) for row in rows))
    boxes, height = solved(root, Sizes(wide))
    all_boxes = [boxes[id(square)] for row in rows for square in row]
    assert len({(round(box.width, 6), round(box.height, 6)) for box in all_boxes}) == 1
    assert all_boxes[0].width == all_boxes[0].height
    for above, below in zip(*rows, strict=True):
        assert boxes[id(above)].left == boxes[id(below)].left
    last = boxes[id(rows[1][2])]
    assert last.left + last.width + 40 == pytest.approx(400)  # its margin is in the figure
    assert last.top + last.height + 70 == pytest.approx(height)


def test_squares_whose_rectangles_of_cells_differ_by_one_are_equal() -> None:
    first, second = placed(SQUARE, 60), placed(SQUARE, 59)
    boxes, _ = solved(group("across", first, second), Sizes())
    assert boxes[id(first)].width == boxes[id(second)].width


def test_charts_beside_a_square_map_are_as_high_as_the_map() -> None:
    square, bars = placed(SQUARE), placed(BARS)
    boxes, _ = solved(group("across", square, bars), Sizes({id(bars): (20.0, 5.0, 30.0, 12.0)}))
    assert boxes[id(bars)].top == boxes[id(square)].top == 30
    assert boxes[id(bars)].height == boxes[id(square)].height == boxes[id(square)].width


def test_charts_of_the_shorter_column_share_the_room_below_it() -> None:
    first, second, table = placed(BARS), placed(BARS), placed(TABLE)
    boxes, height = solved(group("across", group("down", first, second), table), Sizes())
    assert height == 200
    assert boxes[id(first)].height == boxes[id(second)].height == pytest.approx((200 - 4 - 2 * (6 + 12)) / 2)
    assert boxes[id(table)].height == 200


def test_a_chart_is_as_high_as_the_table_beside_it() -> None:
    bars, table = placed(BARS), placed(TABLE)
    boxes, height = solved(group("across", bars, table), Sizes())
    assert (height, boxes[id(bars)].height) == (200, 200 - 6 - 12)


@pytest.mark.parametrize(("natural", "expected"), [(100.0, [100, 292]), (335.0, [225.4, 166.6])])
def test_a_table_has_its_natural_width_where_the_chart_beside_it_keeps_most_of_its_own(natural, expected) -> None:
    table, bars = placed(TABLE), placed(BARS)
    boxes, _ = solved(group("across", table, bars), Sizes({id(bars): (0.0, 0.0, 0.0, 0.0)}, natural=natural))
    assert [boxes[id(table)].width, boxes[id(bars)].width] == pytest.approx(expected)


def test_headings_are_in_line_with_the_columns_below_them() -> None:
    heads, maps = [placed(TextPlot("a"), 10), placed(TextPlot("b"), 50)], [placed(SQUARE), placed(SQUARE)]
    boxes, _ = solved(group("down", group("across", *heads), group("across", *maps)), Sizes())
    for head, square in zip(heads, maps, strict=True):
        assert boxes[id(head)].left == boxes[id(square)].left - 20
        assert boxes[id(head)].top + boxes[id(head)].height <= boxes[id(square)].top - 6


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_nothing_overlaps(count) -> None:
    parts = [[placed(plot, 10 + 7 * n) for n, plot in enumerate([SQUARE, BARS, TABLE, SQUARE][:count])] for _ in "ab"]
    root = group("down", placed(TextPlot("text")), *(group("across", *row) for row in parts), placed(BARS))
    boxes, height = solved(root, Sizes())
    for a, b in combinations(boxes.values(), 2):
        beside = a.left + a.width <= b.left or b.left + b.width <= a.left
        assert beside or a.top + a.height <= b.top or b.top + b.height <= a.top
    assert all(box.top >= 0 and box.top + box.height <= height for box in boxes.values())


def test_one_scale_for_maps_of_a_row_that_have_the_same() -> None:
    from grok_tui.export.figures.shared_scales import with_shared_scales

    other = MapPlot(np.zeros((5, 5)), Scale(0.0, 2.0, diverging=False))

    def legends(*plots):
        return [each.plot.legend for each in with_shared_scales(group("across", *map(placed, plots))).parts]

    assert legends(SQUARE, SQUARE, SQUARE) == [False, False, True]
    assert legends(SQUARE, SQUARE, other) == [True, True, True]
    assert legends(SQUARE) == [True]
