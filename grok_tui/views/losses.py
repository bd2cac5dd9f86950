"""Train and test loss over epochs, as the trainer recorded them, or else measured from the checkpoints."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.bands import Band
from grok_tui.render.charts.chart import Axes, Chart, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import AxesChoice
from grok_tui.views.shared.epoch_curves import phase_bands
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.loss_series import LossSeries, has_recorded_losses, measured_series, recorded_series
from grok_tui.views.view import AXIS_KEYS, About, ComparisonMethods, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from engine.metrics.losses import Scores
    from engine.runs.run import RecordedLosses
    from grok_tui.session.selection import Selection

_MEASURED_COLUMNS = (
    Column("epoch", format=",d"),
    *(Column(name, format=".4g") for name in ("loss", "train_loss", "test_loss", "accuracy")),
)


_LOW = 12  # lines of a pane in which a comparison has fewer facts


@dataclass(frozen=True)
class LossesAnswer:
    recorded: RecordedLosses | None
    epoch: int
    scores: Scores | None  # of the checkpoint at `epoch`, computed from its weights; None for a run without weights
    bands: tuple[Band, ...]  # the phases, once all checkpoints are measured
    axes: AxesChoice
    against: LossesAnswer | None = None  # of another run, or of another epoch of this run
    names: tuple[str, str] = ("", "")  # of this answer and of `against`
    subtracted: bool = False  # whether the differences to `against` are shown too
    measured: RunMetricsSnapshot | None = None  # the metrics computed so far, if no losses were recorded

    @property
    def series(self) -> LossSeries | None:
        """The losses to draw."""
        if self.recorded is not None and has_recorded_losses(self.recorded):
            return recorded_series(self.recorded)
        return None if self.measured is None else measured_series(self.measured)


def query(explorer: Explorer, selection: Selection) -> LossesAnswer:
    if not explorer.run.has_weights:
        return LossesAnswer(explorer.recorded_losses, selection.epoch, None, (), AxesChoice.of(selection))
    run_metrics = explorer.run_metrics(selection.reference_epoch).snapshot()
    return LossesAnswer(
        explorer.recorded_losses,
        selection.epoch,
        explorer.summary(selection.epoch).losses,
        phase_bands(run_metrics),
        AxesChoice.of(selection),
        measured=run_metrics if _draws_measured(explorer) else None,
    )


def _draws_measured(explorer: Explorer) -> bool:
    """Whether the losses have to be measured: none were recorded, and there are several checkpoints."""
    run = explorer.run
    return run.has_weights and len(run.epochs) > 1 and not has_recorded_losses(explorer.recorded_losses)


def title(answer: LossesAnswer) -> str:
    return f"losses · epoch {answer.epoch:,}"


def draw(answer: LossesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    shaded = [f"shaded: {', '.join(name for _, _, name in answer.bands)}"] if answer.bands else []
    if answer.against is None:
        head = flow(_facts(answer) + shaded, width, palette)
    else:
        sides, *values = _compared_facts(answer, answer.against)
        low = height <= _LOW
        head = flow([*([] if low else [sides]), *values, *shaded], width, palette, most=2 if low else 4)
    own, against = answer.series, answer.against
    other = None if against is None else against.series
    if own is None and other is None:
        lines = wrap(_why_empty(answer), width)
        note = Drawing.of_lines(lines, width, palette.style(palette.muted))
        return fit(above(head, note), width, height)
    same_run = other is own or against is None
    names = ("", "") if same_run else answer.names
    room = max(height - head.height, 1)
    chart = _chart(own, None if same_run else other, names, answer.bands, answer.axes, width, room, palette)
    if against is not None and same_run:
        chart = chart.with_mark(against.epoch, palette)
    return fit(above(head, chart.with_cursor(answer.epoch, palette)), width, height)


def _why_empty(answer: LossesAnswer) -> str:
    none = "no losses were recorded with these checkpoints"
    if answer.measured is None:
        return none
    return f"{none}; they are drawn here once two of {answer.measured.total:,} checkpoints are measured"


def _facts(answer: LossesAnswer) -> list[str]:
    source = [answer.series.note] if answer.series is not None and answer.series.note else []
    if answer.scores is None:
        return _recorded_facts(answer.recorded, answer.epoch)
    loss, accuracy = answer.scores.loss, answer.scores.accuracy
    if loss.train is None or loss.test is None or accuracy.test is None:
        return [f"loss on all pairs {loss.all:.3g}", f"accuracy {accuracy.all:.1%}", "split unknown", *source]
    return [f"train {loss.train:.3g}", f"test {loss.test:.3g}", f"test accuracy {accuracy.test:.1%}", *source]


def _compared_facts(a: LossesAnswer, b: LossesAnswer) -> list[str]:
    """Both values of each loss and their ratio; of two epochs of one run the earlier first."""
    if a.names[0] != "A" and b.epoch < a.epoch:
        first, other, names = b, a, a.names[::-1]
    else:
        first, other, names = a, b, a.names
    values = [_values(side) for side in (first, other)]
    facts = ["→".join(names)]
    for name, spec in (("loss", ".3g"), ("train", ".3g"), ("test", ".3g"), ("test accuracy", ".1%")):
        left, right = (side.get(name) for side in values)
        if (left is None and right is None) or (name == "loss" and all("train" in side for side in values)):
            continue
        texts = ["–" if value is None else f"{value:{spec}}" for value in (left, right)]
        changes = []
        if a.subtracted and left is not None and right is not None:
            change = left - right if first is a else right - left  # a - b
            changes.append(f"{change:+{spec}}")
        if left and right is not None and spec == ".3g":
            changes.append(f"× {right / left:.3g}")
        facts.append(f"{name} {'→'.join(texts)}" + (f" ({', '.join(changes)})" if changes else ""))
    return facts + [answer.series.note for answer in (a,) if answer.series is not None and answer.series.note]


def _values(answer: LossesAnswer) -> dict[str, float | None]:
    """The losses and the accuracy at the epoch; over all pairs where the split is unknown."""
    if answer.scores is None:
        if answer.recorded is None:
            return {}
        train, test = answer.recorded.at(answer.epoch)
        return {"train": train, "test": test, "test accuracy": answer.recorded.accuracy_at(answer.epoch)[1]}
    loss, accuracy = answer.scores.loss, answer.scores.accuracy
    if loss.train is None or loss.test is None:
        return {"loss": loss.all}
    return {"loss": loss.all, "train": loss.train, "test": loss.test, "test accuracy": accuracy.test}


def _recorded_facts(recorded: RecordedLosses | None, epoch: int) -> list[str]:
    if recorded is None:
        return []
    (train, test), (_, accuracy) = recorded.at(epoch), recorded.accuracy_at(epoch)
    facts = (("train", train, ".3g"), ("test", test, ".3g"), ("test accuracy", accuracy, ".1%"))
    return ["recorded", *(f"{name} {value:{form}}" for name, value, form in facts if value is not None)]


@lru_cache(maxsize=8)  # an epoch step moves the cursor, not the curves
def _chart(
    own: LossSeries | None,
    other: LossSeries | None,
    names: tuple[str, str],
    bands: tuple[Band, ...],
    axes_choice: AxesChoice,
    width: int,
    height: int,
    palette: Palette,
) -> Chart:
    """The losses of one run, or of two: the train losses side by side in the legend, then the test losses."""
    both = ([] if own is None else own.series(names[0]), [] if other is None else other.series(names[1], dim=True))
    labels = dict.fromkeys(losses.label for losses in (own, other) if losses is not None)
    series = [each for pair in zip_longest(*both) for each in pair if each is not None]
    return line_chart(
        series,
        width,
        height,
        palette,
        x_label="epoch",
        y_label=" or ".join(labels),
        axes=axes_choice.override(Axes(log_y=True)),
        bands=bands,
        static=True,
    )


def table(answer: LossesAnswer) -> Table:
    """The recorded losses; without any, those measured so far, or at least those of the selected epoch."""
    if (answer.recorded is not None and has_recorded_losses(answer.recorded)) or answer.scores is None:
        return _recorded_table(answer.recorded)
    if answer.measured is not None and answer.series is not None:
        return _measured_table(answer.measured)
    if answer.recorded is not None:  # accuracies alone
        return _recorded_table(answer.recorded)
    loss, accuracy = answer.scores.loss, answer.scores.accuracy
    return Table(_MEASURED_COLUMNS, ((answer.epoch, loss.all, loss.train, loss.test, accuracy.all),))


@lru_cache(maxsize=4)
def _measured_table(run_metrics: RunMetricsSnapshot) -> Table:
    paths = (("loss", "all"), ("loss", "train"), ("loss", "test"), ("accuracy", "all"))
    rows = zip(run_metrics.epochs, *(run_metrics.series(*path) for path in paths), strict=True)
    return Table(_MEASURED_COLUMNS, tuple(rows))


@lru_cache(maxsize=4)  # tens of thousands of rows, which a comparison needs at every step
def _recorded_table(recorded: RecordedLosses) -> Table:
    losses = (("train_loss", recorded.train), ("test_loss", recorded.test))
    accuracies = (("train_accuracy", recorded.train_accuracy), ("test_accuracy", recorded.test_accuracy))
    series = [(Column(name, format=".3e"), values) for name, values in losses]
    series += [(Column(name, format=".4f"), values) for name, values in accuracies if values is not None]
    columns = (Column("epoch", format=",d"), *(column for column, _ in series))
    rows = zip(recorded.epochs, *(values for _, values in series), strict=True)
    return Table(columns, tuple((int(epoch), *map(none_if_nan, values)) for epoch, *values in rows))


def _overlay(a: LossesAnswer, b: LossesAnswer, names: tuple[str, str]) -> LossesAnswer:
    return replace(a, against=b, names=names)


def _subtract(a: LossesAnswer, b: LossesAnswer) -> LossesAnswer:
    """The same drawing, the curves of both sides, and the differences of the values besides their ratios."""
    same_run = a.recorded is b.recorded and a.measured is b.measured
    names = (f"{a.epoch:,}", f"{b.epoch:,}") if same_run else ("A", "B")
    return replace(_overlay(a, b, names), subtracted=True)


VIEW = View(
    name="losses",
    about=About(
        shows=(
            "Train and test loss over epochs, as the trainer recorded them, or else measured from the checkpoints. The "
            "line above says so where they are measured. Across: epochs. Up: the loss in nats, on a log scale "
            "unless {axis.y} makes it linear; lower is better. The vertical line is the epoch shown; the values above "
            "are those of its checkpoint; in a comparison both values and the ratio of the second to the first. "
            "The bands, once all checkpoints are measured, are the phases "
            "that the view `phases` defines."
        ),
        definition=(
            "The mean over pairs (x, y) of the cross-entropy at the right answer z = x ± y mod p:\n"
            "  loss = mean over pairs of ln(1 + sum over wrong z' of exp(logit(z') - logit(z)))\n"
            "The values above the chart are computed from the weights, over the p answers and in float64: float32 "
            "cannot resolve losses below 1e-7. The curves are the trainer's own; they may include the logit of `=` and "
            "so differ a little. The curves of a run trained with --loss stablemax are of that loss (Prieto et al. "
            "2025); the values above are cross-entropy all the same. Accuracy is the share of pairs whose largest "
            "logit is the right one. Train pairs are those of the run's split; all others are test."
        ),
        reading=(
            "At epoch 0 both are near ln p (4.73 for p = 113): guessing. The train loss falls at once and the test "
            "loss rises above guessing: memorisation. Grokking is the fall of the test loss thousands of epochs later "
            "(near epoch 10,000 in the study), within a short time. In between the two curves hardly move, and yet the "
            "network changes: see the workspaces progress and emergence."
        ),
    ),
    keys=(*AXIS_KEYS, "epoch.reference", "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(overlay=_overlay, subtract=_subtract),
    shows_phases=True,
    measures_instead=_draws_measured,
    log_y=True,
)
