"""Curves over epochs are named at their right ends in a wide chart, or where a legend would be cut."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.charts.end_labels import spread_rows
from grok_tui.render.palette import ASCII, DARK, MONO, Palette

X = np.linspace(0.0, 100.0, 11)
NAMES = ("test", "train", "excluded 14", "excluded 35", "excluded 41")


def curves(names: tuple[str, ...] = NAMES) -> list[Series]:
    return [Series(name, X, X * (index + 1)) for index, name in enumerate(names)]


@pytest.mark.parametrize("wanted", [[0, 0, 0], [9, 9, 9], [4, 4, 2, 4, 9], list(range(10)), [5] * 10])
def test_labels_have_rows_of_their_own_in_the_order_of_the_curves(wanted) -> None:
    rows = spread_rows(wanted, 10)
    assert len(set(rows)) == len(rows)
    assert all(0 <= row < 10 for row in rows)
    assert all(rows[i] < rows[j] for i, a in enumerate(wanted) for j, b in enumerate(wanted) if a < b)


@pytest.mark.parametrize("palette", [DARK, MONO, ASCII], ids=lambda palette: palette.name)
def test_a_wide_chart_names_each_curve_in_the_row_where_it_ends(palette: Palette) -> None:
    chart = line_chart(curves(), 110, 24, palette, x_label="epoch", y_label="loss")
    lines = chart.drawing.plain().split("\n")
    assert lines[0] == "loss"
    ends = {name: row for row, line in enumerate(lines) for name in NAMES if line.endswith(name)}
    assert set(ends) == set(NAMES)
    assert [ends[name] for name in NAMES] == sorted(ends.values(), reverse=True)  # the last is the highest
    assert chart.column_of(100.0) == chart.left + chart.columns - 1


def test_a_narrow_chart_has_a_legend_if_it_fits_and_labels_if_it_does_not() -> None:
    fits = line_chart(curves(("test", "train")), 60, 16, MONO, x_label="epoch", y_label="loss").drawing.plain()
    assert "test" in fits.split("\n")[0]
    cut = line_chart(curves(), 60, 16, MONO, x_label="epoch", y_label="loss").drawing.plain()
    assert cut.split("\n")[0] == "loss"
    assert all(name in cut for name in NAMES)


def test_without_rows_for_all_labels_the_legend_ends_in_an_ellipsis() -> None:
    header = line_chart(curves(), 44, 8, MONO, x_label="epoch", y_label="loss").drawing.plain().split("\n")[0]
    assert header.endswith("…")


def test_a_label_replaces_the_name_in_the_legend_alone() -> None:
    named = [Series("excluded 14", X, X, label="14"), Series("excluded 35", X, X, label="35")]
    chart = line_chart(named, 60, 12, MONO, x_label="epoch", y_label="loss")
    assert "excluded" not in chart.drawing.plain()
    (area,) = chart.drawing.areas
    reading = area.read(5, 3)
    assert reading is not None
    assert "excluded 14" in reading.text
