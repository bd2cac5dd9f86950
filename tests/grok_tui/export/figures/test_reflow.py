"""Narrow rows of a figure are broken; headings stay with what is below them."""

from __future__ import annotations

import numpy as np

from grok_tui.export.figures.layout import BLANK, Group, arrange
from grok_tui.export.figures.reflow import reflowed
from grok_tui.render.cells import Drawing, above, beside
from grok_tui.render.plots import BarPlot, PlacedPlot, TextPlot


def bars(name: str, width: int = 30) -> Drawing:
    return Drawing.of_lines([""] * 9, width).showing(BarPlot(np.ones(3), (0.0, 1.0), y_label=name))


def heading(text: str, width: int = 30) -> Drawing:
    return Drawing.of_lines([""], width).showing(TextPlot(text, heading=True))


def names(node) -> object:
    if isinstance(node, Group):
        return (node.direction, *map(names, node.parts))
    if node.plot is BLANK:
        return "-"
    return node.plot.text if isinstance(node.plot, TextPlot) else node.plot.y_label


def at_least(least: float):
    def fits(placed: PlacedPlot, width: float) -> bool:
        return isinstance(placed.plot, TextPlot) or width >= least

    return fits


def test_a_row_with_enough_room_stays() -> None:
    part = arrange(beside(bars("a"), bars("b"), bars("c"), gap=1).plots)
    assert reflowed(part, 300, at_least(100)) == part


def test_as_many_parts_as_can_be_read_are_side_by_side() -> None:
    part = arrange(beside(bars("a"), bars("b"), bars("c"), gap=1).plots)
    assert names(reflowed(part, 250, at_least(100))) == ("down", ("across", "a", "b"), ("across", "c", "-"))
    assert names(reflowed(part, 150, at_least(100))) == ("down", "a", "b", "c")


def test_headings_stay_above_their_parts() -> None:
    rows = above(beside(heading("A"), heading("B"), gap=1), beside(bars("a"), bars("b"), gap=1))
    part = arrange(above(rows, rows).plots)
    assert names(reflowed(part, 300, at_least(100))) == names(part)
    pairs = ("down", ("down", "A", "a"), ("down", "B", "b"))
    assert names(reflowed(part, 150, at_least(100))) == ("down", pairs, pairs)


def test_all_rows_below_the_titles_of_two_halves_stay_in_their_half() -> None:
    part = arrange(
        above(
            beside(heading("A"), heading("B"), gap=1),
            beside(bars("a"), bars("b"), gap=1),
            beside(bars("c"), bars("d"), gap=1),
        ).plots
    )
    expected = ("down", ("down", ("down", "A", "a", "c"), ("down", "B", "b", "d")))
    assert names(reflowed(part, 150, at_least(100))) == expected


def test_a_part_that_is_too_wide_for_any_row_is_on_its_own() -> None:
    part = arrange(beside(bars("a"), bars("b"), gap=1).plots)
    assert names(reflowed(part, 50, at_least(100))) == ("down", "a", "b")


def test_several_parts_below_each_title_stay_in_their_half() -> None:
    part = arrange(
        above(
            beside(heading("A", 61), heading("B", 61), gap=1),
            beside(*(beside(bars(a), bars(b), gap=1) for a, b in ("ab", "cd")), gap=1),
        ).plots
    )
    assert names(part)[2] == ("across", "a", "b", "c", "d")
    expected = ("down", ("across", ("down", "A", ("down", "a", "b")), ("down", "B", ("down", "c", "d"))))
    assert names(reflowed(part, 210, at_least(100))) == expected
