"""The loss curves of many runs, thin, with the middle of each group and a band around it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from engine.many_runs.curves import AlignedCurves, CurveBand, align_curves, band_of
from engine.many_runs.groups import Group, group_rows
from engine.many_runs.run_row import RunRow
from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.axis import Floats
from grok_tui.render.charts.chart import Axes, Chart, Fill, Series, line_chart
from grok_tui.render.charts.series import Piece
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.render.target import Target, runs_target
from grok_tui.run_views.run_view import RunSet, RunsView, ShownRuns, group_fields, value_text
from grok_tui.session.runs_selection import FigureChoice
from grok_tui.views.shared.fact_line import flow, muted_line
from grok_tui.views.view import About

_COLOURS = 8  # of groups


@dataclass(frozen=True, eq=False)
class GroupCurves:
    """The curves of one group, and their middle with its band; one curve is its own middle."""

    group: Group
    aligned: AlignedCurves
    band: CurveBand


@dataclass(frozen=True, eq=False)
class CurvesAnswer:
    groups: tuple[GroupCurves, ...]
    fields: tuple[str, ...]  # that the groups are by
    choice: FigureChoice
    n_runs: int
    current: AlignedCurves | None = None  # of the run under the cursor

    @property
    def left_out(self) -> list[str]:
        """The runs without a curve."""
        return [name for group in self.groups for name in group.aligned.left_out]


def query(runs: ShownRuns) -> CurvesAnswer:
    choice, row = runs.selection.figure, runs.current
    fields = _fields(runs)
    groups = _groups(runs.chosen, fields, choice)
    current = None if row is None else _aligned((row,), choice)
    return CurvesAnswer(groups, fields, choice, len(runs.chosen.rows), current)


def _fields(runs: ShownRuns) -> tuple[str, ...]:
    """The fields to group by. Those that were not asked for make no more groups than there are colours."""
    group_by = runs.selection.group_by
    fields = group_fields(runs.chosen.rows, group_by)
    while fields and not group_by and len(group_rows(runs.chosen.rows, fields)) > _COLOURS:
        fields = fields[:-1]
    return fields


@lru_cache(maxsize=8)  # the cursor moves, the curves stay
def _groups(runs: RunSet, fields: tuple[str, ...], choice: FigureChoice) -> tuple[GroupCurves, ...]:
    found = []
    for group in group_rows(runs.rows, fields):
        aligned = _aligned(group.rows, choice)
        found.append(GroupCurves(group, aligned, band_of(aligned, choice.middle)))
    return tuple(found)


def _aligned(rows: Sequence[RunRow], choice: FigureChoice) -> AlignedCurves:
    return align_curves(rows, choice.part, choice.alignment)


def title(answer: CurvesAnswer) -> str:
    by = f" · by {', '.join(answer.fields)}" if answer.fields else ""
    return f"{answer.choice.part} loss of {_count(answer.n_runs)}{by}{_alignment(answer.choice)}"


def _alignment(choice: FigureChoice) -> str:
    return " · aligned at grokking" if choice.alignment == "grokked" else ""


def _count(n: int) -> str:
    return f"{n:,} {'run' if n == 1 else 'runs'}"


def draw(answer: CurvesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette)
    if not any(group.aligned.curves for group in answer.groups):
        note = "no run on show has such losses" if answer.choice.alignment == "epoch" else "no run on show has grokked"
        return fit(above(head, muted_line(note, width, palette)), width, height)
    chart = _chart(answer.groups, answer.current, answer.choice, width, max(height - head.height, 1), palette)
    if answer.choice.alignment == "grokked":
        chart = chart.with_mark(0, palette)
    return fit(above(head, chart.drawing), width, height)


def _facts(answer: CurvesAnswer) -> list[str]:
    bands = [group.band for group in answer.groups if len(group.aligned.curves) > 1]
    facts = []
    if bands:
        facts.append(
            f"clear: {bands[0].middle_is}, band {bands[0].description.partition(', band ')[2].partition(';')[0]}"
        )
        distance = max(band.largest_distance for band in bands)
        facts += [f"nearest epochs, at most {distance:,} away"] if distance else []
    if answer.left_out:
        reason = "not grokked" if answer.choice.alignment == "grokked" else f"without {answer.choice.part} losses"
        facts.append(f"{_count(len(answer.left_out))} {reason}")
    if answer.current is not None and answer.current.curves:
        facts.append(f"bright: {answer.current.curves[0].run}")
    return facts


@lru_cache(maxsize=8)
def _chart(
    groups: tuple[GroupCurves, ...],
    current: AlignedCurves | None,
    choice: FigureChoice,
    width: int,
    height: int,
    palette: Palette,
) -> Chart:
    several = len(groups) > 1
    thin, middles, fills = [], [], []
    for colour, group in enumerate(groups):
        curves, band = group.aligned.curves, group.band
        if len(curves) > 1 or several:
            points, target = _points(band.epochs, band.middle), runs_target(row.path for row in group.group.rows)
            middle = Series(_legend(group), *points, colour=colour, target=lambda _, target=target: target)  # type: ignore[misc]
            middles.append(middle)
        low, high = _floats(band.low), _floats(band.high)
        fills.append(Fill(_floats(band.epochs), low, high, colour))
        if not palette.tints and len(curves) > 1 and not several:
            thin += [Series("", _floats(band.epochs), edge, colour, dim=True) for edge in (low, high)]
        if curves and (palette.colour or not several):
            dim = len(curves) > 1 or several
            thin.append(Series("", *_joined(group.aligned), colour=colour, dim=dim, pieces=_pieces(group)))
    if current is not None and current.curves:
        curve = current.curves[0]
        thin.append(Series("", *_points(curve.epochs, curve.losses), emphasised=True))
    after = choice.alignment == "grokked"
    return line_chart(
        [*middles, *thin],
        width,
        height,
        palette,
        x_label="epochs after grokking" if after else "epoch",
        y_label=f"{choice.part} loss (nats)",
        axes=Axes(log_x=choice.log_x and not after, log_y=True),
        fills=fills,
    )


def _legend(curves: GroupCurves) -> str:
    """The values that the group has, whose names are in the title, and its number of curves."""
    values = ["absent" if value is None else value_text(value) for value in curves.group.values.values()]
    return f"{', '.join(values) or 'all runs'} ({len(curves.aligned.curves):,})"


def _joined(aligned: AlignedCurves) -> tuple[Floats, Floats]:
    """All curves one after the other, with gaps: one series is drawn faster than hundreds."""
    epochs: list[float] = []
    losses: list[float] = []
    for curve in aligned.curves:
        epochs += [*curve.epochs, np.nan]
        losses += [*curve.losses, np.nan]
    return _floats(epochs), _floats(losses)


def _pieces(curves: GroupCurves) -> list[Piece]:
    """The curves in `_joined`, which select their runs."""
    left_out, pieces, start = set(curves.aligned.left_out), [], 0
    rows = [row for row in curves.group.rows if row.name not in left_out]
    for row, curve in zip(rows, curves.aligned.curves, strict=True):
        stop = start + len(curve.epochs)
        pieces.append(Piece(to_cells(row.name), start, stop, Target(run=row.path)))
        start = stop + 1  # a gap
    return pieces


def _points(epochs: Sequence[float], losses: Sequence[float]) -> tuple[Floats, Floats]:
    return _floats(epochs), _floats(losses)


def _floats(values: Sequence[float | None]) -> Floats:
    return np.array(values, dtype=np.float64)  # None becomes NaN


def table(answer: CurvesAnswer) -> Table:
    """The middle and the band of each group by epoch, with the number of curves that reach it."""
    after = "epochs_after_grokking" if answer.choice.alignment == "grokked" else "epoch"
    columns = (
        Column("group"),
        Column(after, format=",d"),
        *(Column(name, format=".4g") for name in (answer.choice.middle.replace(" ", "_"), "low", "high")),
        Column("n", format=",d"),
    )
    rows = []
    for group in answer.groups:
        band = group.band
        points = zip(band.epochs, band.middle, band.low, band.high, band.n, strict=True)
        rows += [(group.group.label, *point) for point in points]
    return Table(columns, tuple(rows), keys=2)


VIEW = RunsView(
    name="curves",
    about=About(
        shows=(
            "The loss of every run over epochs, faint, on a log scale; clear, the middle of each group of runs, and "
            "around it a tinted band. Groups are runs with equal settings but the seed ({runs.group} groups "
            "otherwise); each has a colour. The bright curve is the run under the cursor. If runs are marked, these "
            "alone are drawn."
        ),
        definition=(
            "Losses are those that the trainer recorded, thinned so that every minimum and maximum stays.\n"
            "  median: the band is from the first to the third quartile\n"
            "  mean: the band is one standard deviation (n - 1) on either side\n"
            "  geometric mean: the same of the logarithm\n"
            "At each epoch only the runs that reach it count. A run without a loss at an epoch counts with that of its "
            "nearest one; the largest distance is stated. Aligned at grokking, 0 is the epoch at which the run's test "
            "loss has fallen below a quarter of its peak; runs that have not grokked are left out, and counted."
        ),
        reading=(
            "By epoch, the band shows how much the seed moves grokking: a median that falls slowly may be made of runs "
            "that each fall at once, at different epochs. {figure.align} aligns them at grokking: then the falls lie "
            "on each other, if they have one shape. {figure.centre} changes the middle, {figure.curve} shows the train "
            "loss. A click on a curve goes to its run in the table."
        ),
    ),
    keys=("figure.align", "figure.centre", "figure.curve", "figure.log", "runs.group"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    log_y=True,
)
