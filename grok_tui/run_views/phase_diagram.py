"""A metric against one or two settings: a curve for one, a map for two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.many_runs.fields import Value, number_of, value_of
from engine.many_runs.phase_diagram import PhaseDiagram, phase_diagram
from engine.many_runs.run_row import RunRow
from engine.many_runs.statistic import Statistic
from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.chart import Axes, Fill, Series, line_chart
from grok_tui.render.maps.cell_map import CellTexts, cell_map
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Readout
from grok_tui.render.table import Column, Table
from grok_tui.render.target import Target, runs_target
from grok_tui.run_views.run_view import RunsView, ShownRuns, axes_of, is_loss, metric_format, metric_label, value_text
from grok_tui.views.shared.fact_line import flow, muted_line
from grok_tui.views.view import About

# An axis whose largest value is at least so many times its smallest one is logarithmic.
_LOG_FROM = 20


@dataclass(frozen=True, eq=False)
class PhaseAnswer:
    diagram: PhaseDiagram
    points: tuple[tuple[Value, float, RunRow], ...]  # x and metric of each run that has both
    members: Mapping[tuple[Value, Value], tuple[Path, ...]]  # the runs by x and y
    current: tuple[Value, Value] | None  # x and y of the run under the cursor
    n_runs: int


def query(runs: ShownRuns) -> PhaseAnswer:
    x, y = axes_of(runs.chosen, runs.selection.figure.x, runs.selection.figure.y)
    rows, metric = runs.chosen.rows, runs.selection.figure.metric
    diagram = phase_diagram(rows, metric, x, y)
    values = ((value_of(row, diagram.x), number_of(row, diagram.metric), row) for row in rows)
    points = tuple((place, value, row) for place, value, row in values if place is not None and value is not None)
    current = None if runs.current is None else _place(runs.current, diagram)
    members: dict[tuple[Value, Value], tuple[Path, ...]] = {}
    for row in rows:
        members[_place(row, diagram)] = (*members.get(_place(row, diagram), ()), row.path)
    return PhaseAnswer(diagram, points, members, current, len(rows))


def _place(row: RunRow, diagram: PhaseDiagram) -> tuple[Value, Value]:
    return value_of(row, diagram.x), None if diagram.y is None else value_of(row, diagram.y)


def title(answer: PhaseAnswer) -> str:
    diagram = answer.diagram
    settings = diagram.x if diagram.y is None else f"{diagram.x} and {diagram.y}"
    return f"{metric_label(diagram.metric)} by {settings}"


def draw(answer: PhaseAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette)
    room = max(height - head.height, 1)
    if not any(cell.n for row in answer.diagram.cells for cell in row):
        note = f"no run on show has a value of {answer.diagram.metric}"
        body = muted_line(note, width, palette)
    elif answer.diagram.y is None:
        body = _curve(answer, width, room, palette)
    else:
        body = _map(answer, width, room, palette)
    return fit(above(head, body), width, height)


def _facts(answer: PhaseAnswer) -> list[str]:
    diagram = answer.diagram
    cells = [cell for row in diagram.cells for cell in row]
    n, absent = sum(cell.n for cell in cells), sum(cell.absent for cell in cells)
    facts = [f"mean of {n:,} {'run' if n == 1 else 'runs'}"]
    if absent:
        facts.append(f"{absent:,} without a value: {_absence(diagram.metric)}")
    names = _names(diagram.x_values)
    holes = [name for row in diagram.cells for name, cell in zip(names, row, strict=True) if not cell.n]
    if holes and diagram.y is None:
        facts.append(f"no value at {diagram.x} {', '.join(holes)}")
    if diagram.left_out:
        facts.append(f"{diagram.left_out:,} left out, which do not record the setting")
    return facts


def _absence(metric: str) -> str:
    return "not grokked, or no metrics yet" if metric == "grokked" else "absent there"


def _map(answer: PhaseAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The rows from the largest y at the top down: numbers in the cells where they fit."""
    diagram = answer.diagram
    cells = diagram.cells[::-1]
    x_names, y_names = _names(diagram.x_values), _names(diagram.y_values)[::-1]
    values = np.array([[math.nan if cell.mean is None else cell.mean for cell in row] for row in cells])
    texts = CellTexts([[_texts(cell, diagram.metric) for cell in row] for row in cells])
    scale = _scale(values, diagram.metric)

    def read(row: int, column: int) -> Readout:
        place = f"{diagram.x} {x_names[column]}, {diagram.y} {y_names[row]}"
        runs = answer.members.get((diagram.x_values[column], diagram.y_values[::-1][row]), ())
        return Readout(f"{place}: {', '.join(_texts(cells[row][column], diagram.metric))}", runs_target(runs))

    marked = _marked(answer)
    drawn = cell_map(
        values,
        texts,
        width,
        height,
        palette,
        x_names=x_names,
        y_names=y_names,
        x_label=diagram.x,
        y_label=str(diagram.y),
        scale=scale,
        marked=marked,
        read=read,
    )
    if drawn is not None:
        return drawn
    return heatmap(
        values,
        width,
        height,
        palette,
        scale=scale,
        x_label=diagram.x,
        y_label=str(diagram.y),
        names=list(enumerate(x_names)),
        row_names=list(enumerate(y_names)),
        marks=[] if marked is None else [marked],
        read=read,
    )


def _marked(answer: PhaseAnswer) -> tuple[int, int] | None:
    """The cell of the run under the cursor, from the top left corner."""
    diagram, place = answer.diagram, answer.current
    if place is None or place[0] not in diagram.x_values or place[1] not in diagram.y_values:
        return None
    return len(diagram.y_values) - 1 - diagram.y_values.index(place[1]), diagram.x_values.index(place[0])


def _scale(values: NDArray[np.floating], metric: str) -> Scale:
    """Shares from 0 to 1; other metrics over their range."""
    return Scale(0.0, 1.0, False) if metric == "share_grokked" else Scale.of(values, diverging=False)


def _texts(cell: Statistic, metric: str) -> list[str]:
    """A cell in words: the mean, the standard deviation, and of how many runs; that comes first if some have none."""
    if cell.mean is None:
        return ["–", f"0 of {cell.absent}"] if cell.absent else ["·"]
    mean = format(cell.mean, metric_format(metric))
    spread = [] if cell.sd is None or metric == "share_grokked" else [f"± {format(cell.sd, metric_format(metric))}"]
    return [mean, f"{cell.n} of {cell.n + cell.absent}", *spread] if cell.absent else [mean, *spread, f"n {cell.n}"]


def _curve(answer: PhaseAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """The mean over one setting, a band of one standard deviation, and every run as a point."""
    diagram = answer.diagram
    numbers = [_number(value) for value in diagram.x_values]
    ordinal = any(number is None for number in numbers)
    places = {value: float(index) if ordinal else float(numbers[index] or 0.0) for index, value in _enumerated(diagram)}
    x = np.array(list(places.values()))
    log_x = not ordinal and bool((x > 0).all()) and float(x.max() / x.min()) >= _LOG_FROM
    mean, sd = (_column(diagram, name) for name in ("mean", "sd"))
    log_y = is_loss(diagram.metric)
    shown = [point for point in answer.points if point[0] in places]
    run_x, run_y = np.array([(places[value], number) for value, number, _ in shown], dtype=np.float64).reshape(-1, 2).T

    def runs_at(index: int) -> Target | None:
        return runs_target(answer.members.get((diagram.x_values[index], None), ()))

    def run_of(index: int) -> Target:
        return Target(run=shown[index][2].path)

    series = [
        Series("mean", x, mean, colour=0, target=runs_at),
        Series("", x, mean, colour=0, kind="points", target=runs_at),
    ]
    fills = []
    if diagram.metric != "share_grokked":  # of one run it is 0 or 1: the spread says nothing more than the mean
        names = [to_cells(row.name) for _, _, row in shown]
        series.append(Series("runs", run_x, run_y, colour=1, kind="points", labels=names, target=run_of))
        fills.append(Fill(x, mean - sd, mean + sd, colour=0))
    chart = line_chart(
        series,
        width,
        height,
        palette,
        x_label=diagram.x,
        y_label=metric_label(diagram.metric),
        axes=Axes(log_x=log_x, log_y=log_y),
        y_range=(0.0, 1.0) if diagram.metric == "share_grokked" else None,
        x_names=_names(diagram.x_values) if ordinal else None,
        fills=fills,
    )
    if answer.current is not None and answer.current[0] in places:
        return chart.with_cursor(places[answer.current[0]], palette)
    return chart.drawing


def _enumerated(diagram: PhaseDiagram) -> Sequence[tuple[int, Value]]:
    return list(enumerate(diagram.x_values))


def _column(diagram: PhaseDiagram, name: str) -> NDArray[np.float64]:
    return np.array([getattr(cell, name) for cell in diagram.cells[0]], dtype=np.float64)


def _number(value: Value) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _names(values: Sequence[Value]) -> list[str]:
    return [value_text(value) for value in values]


def table(answer: PhaseAnswer) -> Table:
    """A row for each cell: the settings, n, mean and standard deviation, and the number of runs without a value."""
    diagram = answer.diagram
    settings = [diagram.x, *([] if diagram.y is None else [diagram.y])]
    columns = (
        *(Column(name, names=True) for name in settings),
        Column("n", format=",d"),
        Column("mean", format=".6g"),
        Column("sd", format=".4g"),
        Column("absent", format=",d"),
    )
    rows = []
    for y_index, row in enumerate(diagram.cells):
        for x_index, cell in enumerate(row):
            place = [diagram.x_values[x_index], *([] if diagram.y is None else [diagram.y_values[y_index]])]
            if cell.n or cell.absent:
                texts = (" ".join(map(str, value)) if isinstance(value, tuple) else value for value in place)
                rows.append((*texts, cell.n, cell.mean, cell.sd, cell.absent))
    return Table(columns, tuple(rows), keys=len(settings))


VIEW = RunsView(
    name="phase-diagram",
    about=About(
        shows=(
            "A metric of the runs over one or two of their settings. For two a map: in each cell the mean over its "
            "runs, the standard deviation, and of how many runs; pointers mark the cell of the run under the "
            "cursor. For one a curve: the mean, a band of one standard deviation, and every run as a point (a share "
            "has the mean alone). {figure.metric} changes the metric, {figure.x} and {figure.y} the settings."
        ),
        definition=(
            "A metric of each run, and its mean over the runs of a cell:\n"
            "  grokked: the epoch at which the test loss has fallen below a quarter of its peak, of runs whose last "
            "test accuracy is at least 99%\n"
            "  share_grokked: the share of the runs with metrics that have grokked\n"
            "  memorised, cleaned_up: the ends of memorisation and cleanup, as the view `phases` defines them\n"
            "  n_key_frequencies: the number of key frequencies at the last checkpoint\n"
            "A run without a value is not in the mean: it is counted, and a cell of such runs alone is a hole, not 0. "
            "The standard deviation is that of the sample (n - 1)."
        ),
        reading=(
            "An epoch of grokking is a mean over the runs that have grokked: read it beside share_grokked, since where "
            "few runs grok in time, the mean is over the fast ones. Set {figure.y} to none for the curve with its "
            "spread over seeds. A click on a cell or a point goes to its run in the table; of several, to the next one."
        ),
    ),
    keys=("figure.metric", "figure.x", "figure.y"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
