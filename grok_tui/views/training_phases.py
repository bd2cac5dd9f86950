"""The phases of a run, memorisation, circuit formation and cleanup, on the curves that define them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing, above, fit, put
from grok_tui.render.charts.bands import BAND_COLOURS
from grok_tui.render.charts.chart import Chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, draw_table
from grok_tui.render.target import Target
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels, heading, panel_chart
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, metric_series, run_metrics_so_far
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from engine.explorer.training_phases import PhaseEnd
    from engine.runs.run import RecordedLosses
    from grok_tui.session.selection import Selection

_DEFINITIONS = (
    ("memorisation", "minimum of the all-key excluded loss, train"),
    ("circuit formation", "test loss below a quarter of its peak"),
    ("cleanup", "Σ w² falls at 1/20 of its fastest pace since"),
    ("cleanup, to 99%", "99% of the fall of Σ w² from its peak to its last value"),
)
_PHASES = 3  # the fourth definition is another end of the third phase
_LOSSES = Panel(("test_loss", "train_loss", "excluded_loss_all_key_train"), "loss (nats)", log_y=True)
_WEIGHTS = Panel(("sum_sq_weights",), "Σ w²")


@dataclass(frozen=True, eq=False)
class PhasesAnswer:
    epoch: int
    first_epoch: int | None
    ends: tuple[PhaseEnd | None, ...]  # one for each definition; None where it is unknown
    curves: Curves
    axes: AxesChoice
    has_weights: bool = True
    no_sum_directions: str | None = None  # why memorisation has no end


def query(explorer: Explorer, selection: Selection) -> PhasesAnswer:
    from engine.explorer.training_phases import find_training_phases

    if explorer.run.has_weights:
        run_metrics = run_metrics_so_far(explorer, selection, "phases")
    else:
        run_metrics = _recorded(explorer.recorded_losses)
    first = run_metrics.epochs[0] if run_metrics.metrics else None
    ends: tuple[PhaseEnd | None, ...] = (None,) * len(_DEFINITIONS)
    if run_metrics.complete:
        phases = find_training_phases(run_metrics)
        ends = (phases.memorisation, phases.circuit_formation, phases.cleanup, phases.cleanup_to_99_percent)
    axes, has_weights = AxesChoice.of(selection), explorer.run.has_weights
    reason = explorer.config.task.no_sum_directions if has_weights else None
    return PhasesAnswer(selection.epoch, first, ends, _curves(run_metrics), axes, has_weights, reason)


@lru_cache(maxsize=2)  # many epochs, which a step of the cursor does not change
def _recorded(losses: RecordedLosses | None) -> RunMetricsSnapshot:
    from engine.explorer.run_metrics import RunMetricsSnapshot, recorded_metrics

    return RunMetricsSnapshot((), 0) if losses is None else recorded_metrics(losses)


@lru_cache(maxsize=8)
def _curves(run_metrics: RunMetricsSnapshot) -> Curves:
    excluded = metric_series(run_metrics, "excluded_loss_all_key", "train")
    return Curves.of(
        run_metrics,
        [
            Curve("test_loss", "test", metric_series(run_metrics, "loss", "test"), 1),
            Curve("train_loss", "train", metric_series(run_metrics, "loss", "train"), 0),
            Curve("excluded_loss_all_key_train", "excl. all", excluded, 7),
            Curve("sum_sq_weights", "all parameters", metric_series(run_metrics, "sum_sq_weights", "total"), 2),
        ],
    )


def title(answer: PhasesAnswer) -> str:
    return f"phases · epoch {answer.epoch:,}"


def draw(answer: PhasesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    run_metrics = answer.curves.run_metrics
    if not run_metrics.metrics:
        return fit(heading(run_metrics, width, height, palette, []), width, height)
    notes = [] if run_metrics.complete else ["phases are shown once all are measured"]
    if not answer.has_weights:
        notes.append("recorded losses alone: only the end of circuit formation needs no weights")
    if answer.no_sum_directions is not None:
        notes.append(f"no end of memorisation: {answer.no_sum_directions}")
    if not answer.curves.known(_LOSSES.columns):
        return _without_losses(answer, width, height, palette, notes)
    if height < 12:
        return draw_panels(answer.curves, [_LOSSES], answer.epoch, answer.axes, width, height, palette, _short(answer))
    top = above(heading(run_metrics, width, height, palette, [], notes), _drawn_table(answer, width, palette))
    weights_height = (height - top.height) // 3 if height >= 26 else 0
    bars_height = _PHASES if run_metrics.complete else 0
    losses = panel_chart(
        answer.curves, _LOSSES, answer.axes, width, height - top.height - weights_height - bars_height, palette
    )
    parts = [top, losses.with_cursor(answer.epoch, palette)]
    if bars_height:
        parts.append(_bars(answer, losses, width, palette))
    if weights_height:
        weights = panel_chart(answer.curves, _WEIGHTS, answer.axes, width, weights_height, palette)
        parts.append(weights.with_cursor(answer.epoch, palette))
    return fit(above(*parts), width, height)


def _without_losses(answer: PhasesAnswer, width: int, height: int, palette: Palette, notes: Sequence[str]) -> Drawing:
    """The table and the weights: without a split there is no loss to draw."""
    why = ["split unknown: no train and test loss, so only the weights are drawn"]
    top = above(
        heading(answer.curves.run_metrics, width, height, palette, why, notes), _drawn_table(answer, width, palette)
    )
    if not answer.curves.known(_WEIGHTS.columns) or height - top.height < 5:
        return fit(top, width, height)
    chart = panel_chart(answer.curves, _WEIGHTS, answer.axes, width, height - top.height, palette)
    return fit(above(top, chart.with_cursor(answer.epoch, palette)), width, height)


def _short(answer: PhasesAnswer) -> list[str]:
    named = zip(_DEFINITIONS[:_PHASES], answer.ends, strict=False)
    return [f"{name} to {end.at:,}" for (name, _), end in named if end is not None]


def _drawn_table(answer: PhasesAnswer, width: int, palette: Palette) -> Drawing:
    names = ("phase", "from", "to", "between", *(("ends at",) if width >= 96 else ()))
    columns = tuple(Column(name) for name in names)
    rows, targets = [], []
    for row in table(answer).rows:
        phase, start, end, after, by, definition = row
        between = None if after is None else f"{after:,} - {by:,}"
        shown = (phase, *(None if value is None else f"{value:,}" for value in (start, end)), between, definition)
        rows.append(shown[: len(columns)])
        targets.append(Target(epoch=end) if isinstance(end, int) else None)
    return draw_table(Table(columns, tuple(rows)), width, len(rows) + 1, palette, targets=targets)


def _bars(answer: PhasesAnswer, losses: Chart, width: int, palette: Palette) -> Drawing:
    """A bar for each phase, on the axis of the chart above; its end is between two checkpoints, drawn lighter."""
    drawing = Drawing.of_lines([""] * _PHASES, width)
    solid, light = ("#", "-") if palette.ascii else ("█", "▒")
    for row, (name, start, end) in enumerate(_intervals(answer)[:_PHASES]):
        column, text = losses.left, f"{name}: no end" if end is None else f"{name} to {end.at:,}"
        epochs = () if end is None else (start, end.after_epoch, end.by_epoch)
        edges = [losses.column_of(epoch) for epoch in epochs if epoch is not None]
        known = [edge for edge in edges if edge is not None]
        if len(known) == 3 and known == sorted(known):
            first, last = known[0], known[2]
            sure = max(known[1], first + 1)
            ink = palette.style(palette.series[BAND_COLOURS[name]])
            drawing = put(drawing, first, row, solid * (sure - first), ink)
            drawing = put(drawing, sure, row, light * (last - sure + 1), ink)
            fits = last + 2 + len(text) <= width
            column, text = (last + 2, text) if fits else (first - len(text) - 1, text if len(text) < first else "")
        drawing = put(drawing, column, row, palette.text(text), palette.style(palette.foreground))
    return drawing


def _intervals(answer: PhasesAnswer) -> list[tuple[str, int | None, PhaseEnd | None]]:
    """Name, start and end of each phase; a phase starts where the previous one ends."""
    ends = [None if end is None else end.at for end in answer.ends[: _PHASES - 1]]
    starts = [answer.first_epoch, *ends, ends[-1]]
    return [(name, start, end) for (name, _), start, end in zip(_DEFINITIONS, starts, answer.ends, strict=False)]


def table(answer: PhasesAnswer) -> Table:
    names = ("phase", "from_epoch", "to_epoch", "not_before_epoch", "by_epoch", "ends_at")
    rows = []
    for (_, definition), (name, start, end) in zip(_DEFINITIONS, _intervals(answer), strict=True):
        ends = (None, None, None) if end is None else (end.at, end.after_epoch, end.by_epoch)
        rows.append((name, start, *ends, definition))
    return Table(tuple(Column(name) for name in names), tuple(rows))


VIEW = View(
    name="phases",
    about=About(
        shows=(
            "The three phases of a run, and the curves that define them. Table: the start and the end of each, and the "
            "two checkpoints that its end is between. Charts: the losses (log scale) and, where there is room, the sum "
            "of squared weights; the bars below the losses are the phases, lighter where the end is not known exactly. "
            "A small pane has the losses alone."
        ),
        definition=(
            "After Nanda et al. 2023; each phase starts where the previous one ends.\n"
            "  memorisation ends at the minimum of the excluded loss on train: of the logits without their cos "
            "w_k(x±y) and sin w_k(x±y) parts of all key frequencies\n"
            "  circuit formation ends where the test loss falls below a quarter of its peak\n"
            "  cleanup ends where the sum of squared weights falls at a twentieth of its fastest pace since then, per "
            "epoch, between neighbouring checkpoints\n"
            "  cleanup, to 99%: the same, but where 99% of the fall from the peak to the last value is made; absent "
            "before circuit formation has ended\n"
            "A phase that has not ended, or is unknown (no split, fewer than three checkpoints), has no end. Of a run "
            "without checkpoints the recorded test loss shows the end of circuit formation alone."
        ),
        reading=(
            "From the excluded loss's minimum on, the circuit carries the train pairs too: memory alone gets worse. "
            "The paper's run has 1.4k, 9.4k and 14k. The visible part of grokking, the fall of the test loss, is the "
            "end of a long circuit formation and the start of the cleanup. The ends are as precise as the checkpoints "
            "are dense. The weights never quite stop falling, so the longer a run is, the later 99% of their fall is "
            "reached; the pace does not depend on the length. Phases are shown only once all checkpoints are measured."
        ),
    ),
    keys=(*AXIS_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
    log_y=True,
)
