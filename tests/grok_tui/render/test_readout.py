"""Readouts move with their drawing; the crosshair moves between areas and along epochs."""

import math

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, above, beside, fit, put
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import MONO
from grok_tui.render.readout import (
    Readout,
    ReadoutArea,
    area_at,
    clip_areas,
    crosshair_readout,
    format_value,
    nearest_cell,
    next_area,
    readout_at,
    selectable_rows,
    shift_areas,
)
from grok_tui.render.target import Target
from grok_tui.views.shared.token_axis import TokenAxis
from grok_tui.views.shared.token_maps import draw_token_map
from tests.grok_tui.render.readout_text import all_texts, pair_at, text_at

MODULO_13 = np.array([1, 2, 4, 8, 3, 6, 12, 11, 9, 5, 10, 7])  # by logarithm to 2


def read(column: int, row: int) -> Readout:
    return Readout(f"{column}, {row}")


def read_epoch(epoch: int, row: int) -> tuple[int, Readout] | None:
    """Ten epochs a column, up to epoch 39."""
    return (epoch // 10, Readout(f"epoch {epoch}")) if epoch < 40 else None


LEFT = ReadoutArea(2, 1, 3, 2, read)
CHART = ReadoutArea(10, 0, 4, 4, read, read_epoch)
AREAS = (LEFT, CHART)


def test_columns_and_rows_count_from_the_corner_of_the_area():
    assert readout_at(AREAS, 2, 1) == Readout("0, 0")
    assert readout_at(AREAS, 4, 2) == Readout("2, 1")
    assert readout_at(AREAS, 5, 2) is None
    assert area_at(AREAS, 10, 3) is CHART


def test_areas_shift_and_clip():
    assert shift_areas([LEFT], 3, 4)[0][:4] == (5, 5, 3, 2)
    assert [area[:4] for area in clip_areas(AREAS, 4, 2)] == [(2, 1, 2, 1)]


def test_the_crosshair_of_a_chart_follows_the_epoch():
    assert crosshair_readout(AREAS, 10, 2, 31) == ((13, 2), Readout("epoch 31"))
    assert crosshair_readout(AREAS, 10, 2, 99) == ((10, 2), Readout("0, 2"))
    assert crosshair_readout(AREAS, 10, 2, None) == ((10, 2), Readout("0, 2"))
    assert crosshair_readout(AREAS, 2, 1, 31) == ((2, 1), Readout("0, 0"))
    assert crosshair_readout(AREAS, 0, 0, 31) == ((0, 0), None)


def test_the_crosshair_jumps_to_the_nearest_area_on_its_row():
    assert next_area(AREAS, 4, 1, 1) == (10, 1)
    assert next_area(AREAS, 10, 1, -1) == (4, 1)
    assert next_area(AREAS, 10, 3, -1) == (4, 2)
    assert next_area(AREAS, 10, 1, 1) is None
    assert next_area((LEFT, ReadoutArea(1, 6, 9, 2, read)), 3, 2, 0, 1) == (3, 6)
    assert next_area((LEFT, ReadoutArea(6, 6, 9, 2, read)), 3, 2, 0, 1) == (6, 6)
    assert next_area((LEFT, ReadoutArea(1, 6, 9, 2, read)), 3, 2, 0, -1) is None


def test_the_nearest_cell_that_can_be_read():
    assert nearest_cell(AREAS, 3, 1) == (3, 1)
    assert nearest_cell(AREAS, 0, 9) == (2, 2)
    assert nearest_cell(AREAS, 99, 0) == (13, 0)
    assert nearest_cell((), 3, 3) is None


def test_only_rows_that_are_items_and_select_something_are_selectable():
    targets = [Target(head=0), Target(head=0), None, Target(head=1)]  # two lines of one head, a blank one, another head

    def read_row(column: int, row: int) -> Readout:
        return Readout(f"row {row}", targets[row])

    rows = ReadoutArea(3, 2, 5, 4, read_row, rows=True)
    cells = rows._replace(top=9, rows=False)
    assert selectable_rows([rows, cells]) == [((3, 2), Target(head=0)), ((3, 5), Target(head=1))]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12.0, "12"),
        (-1234567.0, "-1,234,567"),
        (0.123456, "0.1235"),
        (3e-7, "3e-07"),
        (1e12, "1e+12"),
        (math.nan, "none"),
    ],
)
def test_values_have_four_significant_digits(value: float, text: str):
    assert format_value(value) == text


@pytest.mark.parametrize(
    "axis",
    [
        TokenAxis(np.arange(11)),
        TokenAxis(np.arange(11), "unwrapped", 3),
        TokenAxis(MODULO_13),
        TokenAxis(MODULO_13, "logarithm"),
    ],
)
def test_every_pair_can_be_selected_on_a_map_over_pairs(axis: TokenAxis):
    grid = np.random.default_rng(0).random((len(axis.tokens), len(axis.tokens)))
    drawing = draw_token_map(grid, axis, 60, 30, MONO, frequency=3)
    pairs = {cell: pair_at(drawing, *cell) for cell in all_texts(drawing)}
    assert set(pairs.values()) == {(x, y) for x in axis.shown for y in axis.shown}
    index_of = {token: index for index, token in enumerate(axis.tokens.tolist())}
    for cell, pair in pairs.items():
        assert pair is not None
        value = grid[index_of[pair[0]], index_of[pair[1]]]
        assert text_at(drawing, *cell) == f"x {pair[0]}, y {pair[1]}: {value:,.4g}"
    corner = min(pairs, key=sum)
    assert pairs[corner] == (axis.shown[0], axis.shown[0])
    assert pair_at(drawing, 59, 29) is None


def test_readouts_move_with_their_drawings_and_are_cropped_with_them():
    def read_value(row: int, column: int) -> Readout:
        return Readout(f"{column}, {row}", Target(x=column, y=row))

    small = heatmap(np.zeros((2, 2)), 4, 2, MONO, read=read_value)
    assert text_at(small, 0, 0) == "0, 0"
    label = Drawing.of_lines(["label", "", ""])
    combined = above(label, beside(label, put(small, 0, 0, "!"), gap=2), gap=1)
    assert pair_at(combined, 7, 4) == (0, 0)
    assert pair_at(combined, 6, 4) is None
    assert pair_at(combined, 7, 3) is None
    assert all_texts(fit(combined, 7, 9)) == {}
    assert pair_at(fit(combined, 9, 9), 8, 4) == pair_at(small, 1, 0)
