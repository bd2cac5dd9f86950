"""The figure of a second run has the colours of the first run's figure for the frequencies of both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine import Explorer, open_run
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.cells import Drawing
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.series import Fill, Series
from grok_tui.render.frequency_colours import colours_of_two_runs
from grok_tui.render.palette import LIGHT
from grok_tui.render.plots import BarPlot, IntervalPlot, LinePlot, TextPlot
from grok_tui.session.comparison_target import ComparisonTarget
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from grok_tui.views.shared.comparison import view_for
from grok_tui.views.shared.second_run_plots import with_changed_colours

X = np.arange(3.0)


def changed(plot):
    (placed,) = with_changed_colours(Drawing.of_lines([""], 1).showing(plot), {8: 10, 9: 8}).plots
    return placed.plot


def test_all_kinds_of_plots_change_their_colours() -> None:
    axis = Axis(0.0, 1.0, log=False)
    lines = LinePlot(
        [Series("a", X, X, 8), Series("b", X, X), Series("c", X, X, 2)], axis, axis, fills=[Fill(X, X, X, 9)]
    )
    assert [series.colour for series in changed(lines).series] == [10, None, 2]
    assert [fill.colour for fill in changed(lines).fills] == [8]
    assert changed(BarPlot(X, (0.0, 2.0), colours={1: 9, 2: None, 3: 7})).colours == {1: 8, 2: None, 3: 7}
    assert changed(IntervalPlot("abc", X, (X, X), (X, X), [8, 9, 0])).colours == [10, 8, 0]
    assert changed(TextPlot("8")) == TextPlot("8")


def test_a_frequency_has_one_colour_in_the_figure_of_two_runs(tiny_run, subtracting_run) -> None:
    first, second = Explorer(open_run(tiny_run)), Explorer(open_run(subtracting_run))
    keys = (2, 3), (1, 3)
    selection = initial_selection(first)
    answer = answer_view(
        VIEWS["embedding-norms"], first, selection, ComparisonTarget(second, initial_selection(second))
    )
    sides = answer.sides
    sides = replace(sides, a=replace(sides.a, keys=keys[0]), b=replace(sides.b, keys=keys[1]))
    a, b = (replace(one, keys=own) for one, own in zip(answer.drawn, keys, strict=True))
    answer = replace(answer, sides=sides, drawn=(a, b))
    drawing = view_for(VIEWS["embedding-norms"], answer).draw(answer, 120, 40, LIGHT)
    plots = [placed.plot for placed in drawing.plots if isinstance(placed.plot, BarPlot)]
    colours = colours_of_two_runs(*keys)
    for plot, own in zip(plots, keys, strict=True):
        assert plot.colours == {component: colours[k] for k in own for component in (2 * k - 1, 2 * k)}
