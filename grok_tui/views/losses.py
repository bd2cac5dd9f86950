"""Train and test loss over the epochs, as the trainer recorded them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.render.cells import Drawing, Style, above, fit
from grok_tui.render.chart import Axes, Chart, Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.epoch_charts import AxesChoice
from grok_tui.views.facts import flow
from grok_tui.views.over_epochs import Band, phase_bands
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer import EpochLoss
    from engine.runs.run import RecordedLosses
    from grok_tui.selection import Selection


@dataclass(frozen=True)
class Losses:
    recorded: RecordedLosses | None
    epoch: int
    here: EpochLoss  # of the checkpoint at `epoch`, computed
    bands: tuple[Band, ...]  # the phases, once the whole run is measured
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> Losses:
    bands = phase_bands(explorer.history(selection.reference_epoch).so_far())
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
    head = flow(_facts(answer), width, palette)
    if answer.recorded is None:
        note = Drawing.of_lines(["no losses were recorded beside these checkpoints"], width, Style(fg=palette.muted))
        return fit(above(head, note), width, height)
    chart = _chart(answer.recorded, answer.bands, answer.choice, width, max(height - head.height, 1), palette)
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
    recorded: RecordedLosses, bands: tuple[Band, ...], choice: AxesChoice, width: int, height: int, palette: Palette
) -> Chart:
    # A trainer may measure test loss less often than train loss: its curve joins what there is.
    known = [(name, values, ~np.isnan(values)) for name, values in (("train", recorded.train), ("test", recorded.test))]
    series = [Series(name, recorded.epochs[there].astype(np.float64), values[there]) for name, values, there in known]
    return line_chart(
        series,
        width,
        height,
        palette,
        x_label="epoch",
        y_label="loss",
        axes=choice.over(Axes(log_y=True)),
        bands=bands,
        still=True,
    )


def table(answer: Losses) -> Table:
    columns = (Column("epoch", format=",d"), Column("train_loss", format=".3e"), Column("test_loss", format=".3e"))
    if answer.recorded is None:
        return Table(columns, ())
    rows = zip(answer.recorded.epochs, answer.recorded.train, answer.recorded.test, strict=True)
    return Table(columns, tuple((int(epoch), _known(train), _known(test)) for epoch, train, test in rows))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


VIEW = View(
    name="losses",
    about=(
        "Mean cross-entropy on the train and the test pairs over epochs, as the trainer recorded them; the cursor is "
        "the epoch on show. The line above gives the loss of this checkpoint as computed here: over the p answers, "
        "in float64. Grokking is the fall of the test loss thousands of epochs after the train loss. Bands are the "
        "phases that `phases` defines, once all checkpoints are measured."
    ),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
