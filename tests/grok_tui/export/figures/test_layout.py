"""The rows and columns of a figure."""

from __future__ import annotations

import pytest

from grok_tui.export.figures.layout import Group, arrange, columns_of, shares
from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.plots import PlacedPlot, TextPlot


def part(name: str, width: int, height: int) -> Drawing:
    return Drawing.of_lines([""] * height, width).showing(TextPlot(name))


def names(node) -> object:
    return node.plot.text if isinstance(node, PlacedPlot) else (node.direction, *map(names, node.parts))


def test_the_layout_is_that_of_the_drawings() -> None:
    drawing = above(
        part("head", 40, 1), beside(part("map", 25, 9), above(part("bars", 14, 5), part("text", 13, 4)), gap=1)
    )
    assert names(arrange(drawing.plots)) == ("down", "head", ("across", "map", ("down", "bars", "text")))


def test_widths_are_shared_in_proportion() -> None:
    group = arrange(beside(part("a", 30, 10), above(part("b", 10, 5), part("c", 10, 5)), gap=0).plots)
    assert isinstance(group, Group)
    assert shares(group) == [0.75, 0.25]
    assert columns_of(group) == 40


def test_a_plot_outside_a_cropped_drawing_is_dropped_and_one_half_inside_is_cropped() -> None:
    drawing = fit(above(part("a", 10, 4), part("b", 10, 4), part("c", 10, 4)), 10, 6)
    assert [(placed.plot.text, placed.height, placed.cropped) for placed in drawing.plots] == [
        ("a", 4, False),
        ("b", 2, True),
    ]


def test_a_column_that_is_shorter_leaves_a_blank() -> None:
    group = arrange(beside(part("a", 30, 5), above(part("b", 10, 5), part("c", 10, 5)), gap=0).plots)
    assert names(group) == ("down", ("across", "a", "b"), ("across", "", "c"))
    assert [shares(row) for row in group.parts] == [[0.75, 0.25], [0.75, 0.25]]


def test_plots_that_overlap_are_one_below_the_other() -> None:
    plots = [PlacedPlot(0, 0, 10, 10, TextPlot("a")), PlacedPlot(5, 5, 10, 10, TextPlot("b"))]
    assert names(arrange(plots)) == ("down", "a", "b")


@pytest.mark.parametrize("gap", [0, 2])
def test_neighbours_are_apart(gap) -> None:
    assert names(arrange(beside(part("a", 5, 3), part("b", 5, 3), gap=gap).plots)) == ("across", "a", "b")
