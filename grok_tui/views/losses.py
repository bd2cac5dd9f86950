"""Train and test loss over the epochs, as the trainer recorded them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.chart import Axes, Chart, Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import AxesChoice
from grok_tui.views.shared.epoch_curves import Band, phase_bands
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.view import AXIS_KEYS, About, ComparisonMethods, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.losses import Scores
    from engine.runs.run import RecordedLosses
    from grok_tui.session.selection import Selection


@dataclass(frozen=True)
class Losses:
    recorded: RecordedLosses | None
    epoch: int
    here: Scores  # of the checkpoint at `epoch`, computed
    bands: tuple[Band, ...]  # the phases, once the whole run is measured
    choice: AxesChoice
    against: Losses | None = None  # of another run, or of another epoch of this one
    names: tuple[str, str] = ("", "")  # of this one and of the other


def query(explorer: Explorer, selection: Selection) -> Losses:
    bands = phase_bands(explorer.run_metrics(selection.reference_epoch).snapshot())
    return Losses(
        explorer.recorded_losses,
        selection.epoch,
        explorer.summary(selection.epoch).losses,
        bands,
        AxesChoice.of(selection),
    )


def title(answer: Losses) -> str:
    return f"losses · epoch {answer.epoch:,}"


def draw(answer: Losses, width: int, height: int, palette: Palette) -> Drawing:
    facts = [_facts(answer)]
    if answer.against is not None:
        first, *rest = _facts(answer.against)
        facts.append([f"{answer.names[1]}: {first}", *rest])
    head = above(*(flow(some, width, palette, most=1 if len(facts) > 1 else 2) for some in facts))
    if answer.recorded is None:
        note = Drawing.of_lines(
            ["no losses were recorded beside these checkpoints"], width, palette.style(palette.muted)
        )
        return fit(above(head, note), width, height)
    against, room = answer.against, max(height - head.height, 1)
    one_run = against is None or against.recorded is answer.recorded
    other, names = (None, ("", "")) if against is None or one_run else (against.recorded, answer.names)
    chart = _chart(answer.recorded, other, names, answer.bands, answer.choice, width, room, palette)
    if against is not None and one_run:
        chart = chart.with_mark(against.epoch, palette)
    return fit(above(head, chart.with_cursor(answer.epoch, palette)), width, height)


def _facts(answer: Losses) -> list[str]:
    loss, accuracy = answer.here.loss, answer.here.accuracy
    if loss.train is None or loss.test is None or accuracy.test is None:
        return [f"loss on all pairs {loss.all:.3g}", f"accuracy {accuracy.all:.1%}", "split unknown"]
    return [
        f"train {loss.train:.3g}",
        f"test {loss.test:.3g}",
        f"test accuracy {accuracy.test:.1%}",
    ]


@lru_cache(maxsize=8)  # stepping an epoch moves the cursor, not the curves
def _chart(
    recorded: RecordedLosses,
    other: RecordedLosses | None,
    names: tuple[str, str],
    bands: tuple[Band, ...],
    choice: AxesChoice,
    width: int,
    height: int,
    palette: Palette,
) -> Chart:
    """The losses of one run, or of two."""
    if other is None:
        series = _series(recorded)
    else:
        both = zip(_series(recorded, names[0]), _series(other, names[1], dim=True), strict=True)
        series = [one for pair in both for one in pair]
    return line_chart(
        series,
        width,
        height,
        palette,
        x_label="epoch",
        y_label="loss (nats)",
        axes=choice.over(Axes(log_y=True)),
        bands=bands,
        still=True,
    )


def _series(recorded: RecordedLosses, of: str = "", *, dim: bool = False) -> list[Series]:
    # A trainer may measure test loss less often than train loss: its curve joins what there is.
    known = [(name, values, ~np.isnan(values)) for name, values in (("train", recorded.train), ("test", recorded.test))]
    return [
        Series(f"{name} {of}".strip(), recorded.epochs[there].astype(np.float64), values[there], colour, dim=dim)
        for colour, (name, values, there) in enumerate(known)
    ]


def table(answer: Losses) -> Table:
    """What was recorded; where nothing was, what is computed of the epoch on show."""
    return _table(answer.recorded) if answer.recorded is not None else _computed(answer)


def _computed(answer: Losses) -> Table:
    loss, accuracy = answer.here.loss, answer.here.accuracy
    names = ("loss", "train_loss", "test_loss", "accuracy")
    columns = (Column("epoch", format=",d"), *(Column(name, format=".4g") for name in names))
    return Table(columns, ((answer.epoch, loss.all, loss.train, loss.test, accuracy.all),))


@lru_cache(maxsize=4)  # tens of thousands of rows, and a comparison asks for them at every step
def _table(recorded: RecordedLosses) -> Table:
    columns = (Column("epoch", format=",d"), Column("train_loss", format=".3e"), Column("test_loss", format=".3e"))
    rows = zip(recorded.epochs, recorded.train, recorded.test, strict=True)
    return Table(columns, tuple((int(epoch), _known(train), _known(test)) for epoch, train, test in rows))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _overlay(a: Losses, b: Losses, names: tuple[str, str]) -> Losses:
    return replace(a, against=b, names=names)


VIEW = View(
    name="losses",
    about=About(
        shows=(
            "Train and test loss over epochs, as the trainer recorded them. Across: epochs. Up: the loss in nats, on "
            "a log scale unless {axis.y} makes it linear; lower is better. The vertical line is the epoch on show, "
            "and the figures above are those of its checkpoint. Bands, once all checkpoints are measured, are the "
            "phases that the view `phases` defines."
        ),
        definition=(
            "The mean over pairs (x, y) of the cross-entropy at the right answer z = x ± y mod p:\n"
            "  loss = mean over pairs of [ln(sum over z' of exp(logit(z'))) - logit(z)]\n"
            "The figures above the chart are computed here from the weights, over the p answers and in float64: "
            "float32 cannot tell losses below 1e-7. The curves are the trainer's own, which may count the logit of "
            "`=` too and so differ a little. Accuracy is the share of pairs whose largest logit is the right one. "
            "Train pairs are those of the run's split; all others are test."
        ),
        reading=(
            "At epoch 0 both are near ln p (4.73 for p = 113): guessing. The train loss falls at once, the test loss "
            "rises above guessing: memorisation. Grokking is the fall of the test loss thousands of epochs later "
            "(near epoch 10,000 in the study), over a short time. In between the two curves hardly move, and yet the "
            "model changes: see workspaces training and emergence for what does."
        ),
    ),
    keys=(*AXIS_KEYS, "epoch.reference", "crosshair"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(overlay=_overlay),
    shows_phases=True,
    log_y=True,
)
