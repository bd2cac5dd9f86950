"""The sum of squared weights by parameter, over the epochs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_of, curves_table, measured, series
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_GROUPS = (
    ("tokens", ("W_E", "W_pos", "W_U", "b_U")),
    ("attention", ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")),
    ("MLP", ("W_in", "W_out", "b_in", "b_out")),
)


@dataclass(frozen=True, eq=False)
class WeightNorms:
    epoch: int
    curves: Curves
    choice: AxesChoice


def query(explorer: Explorer, selection: Selection) -> WeightNorms:
    return WeightNorms(selection.epoch, _curves(measured(explorer, selection, "weights")), AxesChoice.of(selection))


@lru_cache(maxsize=8)
def _curves(history: RunMetricsSnapshot) -> Curves:
    names = list(history.metrics[0].report["sum_sq_weights"]) if history.metrics else ["total"]
    found = [(name, series(history, "sum_sq_weights", name)) for name in names]
    return curves_of(history, [Curve(name, name, values) for name, values in found if values.any() or name == "total"])


def title(answer: WeightNorms) -> str:
    return f"sum of squared weights · epoch {answer.epoch:,}"


def draw(answer: WeightNorms, width: int, height: int, palette: Palette) -> Drawing:
    panels = [Panel(("total",), "all parameters, Σ w²"), *(Panel(names, label) for label, names in _GROUPS)]
    return draw_panels(answer.curves, panels, answer.epoch, answer.choice, width, height, palette, _facts(answer))


def _facts(answer: WeightNorms) -> list[str]:
    total = answer.curves.at(answer.epoch, "total")
    values = next(curve.values for curve in answer.curves.curves if curve.column == "total")
    if total is None:
        return []
    peak = int(values.argmax())
    return [
        f"total {total:,.0f}",
        f"{total / values[peak]:.0%} of its peak, {values[peak]:,.0f} at epoch {answer.curves.epochs[peak]:,.0f}",
    ]


def table(answer: WeightNorms) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="weights",
    about=About(
        shows=(
            "The sum of squared weights over the epochs: in all, and by parameter. One chart for the total and one "
            "each for tokens (W_E, W_pos, W_U), attention and MLP; parameters that are zero throughout are left out. "
            "Vertical line: the epoch on show; bands: the phases."
        ),
        definition=(
            "For a parameter W with entries w:\n"
            "  sum of w²\n"
            "and the total over all parameters, biases included. AdamW's weight decay pulls every weight towards 0 at "
            "each step, by lr × weight decay × w; it is no part of the losses shown elsewhere."
        ),
        reading=(
            "The total climbs while the model memorises, peaks about when the train pairs are learnt, and then falls "
            "long before the test loss does: memorising takes large weights, the general solution small ones, and "
            "weight decay pays for each step towards it. It falls fast right after the peak, slowly while the circuit "
            "forms, fast again at grokking, and settles as the cleanup ends; the peak is 3.5 times the end in the "
            "study, 3.8 times in the bundled run. A parameter that shrinks is not unused: others may have grown to "
            "make up for it."
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
