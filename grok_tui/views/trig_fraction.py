"""How much of the logits and the neurons lies on the trig terms, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels, figures
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_of, curves_table, measured, series
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_COLUMNS = ("logits", "neurons_pre", "neurons_post")


@dataclass(frozen=True, eq=False)
class TrigFraction:
    epoch: int
    curves: Curves
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> TrigFraction:
    return TrigFraction(
        selection.epoch, _curves(measured(explorer, selection, "trig-fraction")), AxesChoice.of(selection)
    )


@lru_cache(maxsize=8)
def _curves(history: RunMetricsSnapshot) -> Curves:
    names = zip(_COLUMNS, ("logits", "neurons pre", "neurons post"), strict=True)
    return curves_of(history, [Curve(column, name, series(history, "trig_fraction", column)) for column, name in names])


def title(answer: TrigFraction) -> str:
    return f"trig fraction of logits and neurons · epoch {answer.epoch:,}"


def draw(answer: TrigFraction, width: int, height: int, palette: Palette) -> Drawing:
    head = figures(answer.curves, answer.epoch, _COLUMNS, ".1%")
    panels = [Panel(_COLUMNS, "fraction", y_range=(0.0, 1.0))]
    return draw_panels(answer.curves, panels, answer.epoch, answer.choice, width, height, palette, head)


def table(answer: TrigFraction) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="trig-fraction",
    about=About(
        shows=(
            "How much of the logits and of the neurons lies on the trig terms, over the epochs. Three curves from 0 "
            "to 1: logits, neurons before (pre) and after (post) the nonlinearity. Vertical line: the epoch on show; "
            "bands: the phases."
        ),
        definition=(
            "For each unit, a logit or a neuron, centred over all pairs:\n"
            "  fraction = variance on cos w_k(x±y) and sin w_k(x±y) of all key frequencies k / all its variance\n"
            "with w_k = 2 pi k / p; then the mean over the p logits or the neurons, constant ones left out."
        ),
        reading=(
            "At epoch 0 all are 0. The logits' curve rises first and ends near 1; the neurons' rise at grokking and "
            "stay low: most of what a tuned neuron has are waves in x alone and in y alone, which cancel in the "
            "logits. That the readout learns first is the study's reverse order: it can pick out what little there "
            "is, and only then do neurons get a clear signal. Pre is lower than post, for the nonlinearity makes the "
            "products."
        ),
    ),
    keys=(*AXIS_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
)
