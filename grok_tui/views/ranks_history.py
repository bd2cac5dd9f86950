"""Ranks of the matrices and the spread of neurons' weights over frequencies, at every epoch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_table, metric_series, run_metrics_so_far
from grok_tui.views.view import AXIS_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_COUNTS = {"effective_rank": "effective rank", "participation_ratio": "participation ratio"}
_INVERSE = "inverse_participation_ratio"


@dataclass(frozen=True, eq=False)
class RanksHistoryAnswer:
    epoch: int
    curves: Curves
    axes: AxesChoice


def query(explorer: Explorer, selection: Selection) -> RanksHistoryAnswer:
    run_metrics = run_metrics_so_far(explorer, selection, "ranks-history")
    return RanksHistoryAnswer(selection.epoch, _curves(run_metrics), AxesChoice.of(selection))


@lru_cache(maxsize=8)
def _curves(run_metrics: RunMetricsSnapshot) -> Curves:
    """Of every matrix and every head, then those of the neurons."""
    names = list(run_metrics.metrics[0].report.get("ranks", {})) if run_metrics.metrics else []
    of_matrices = [
        Curve(f"{count}_{name}", f"{count} {name}", metric_series(run_metrics, "ranks", name, count))
        for count in _COUNTS
        for name in names
    ]
    of_neurons = [
        Curve(f"{_INVERSE}_{side}", f"{side} weights", metric_series(run_metrics, _INVERSE, side))
        for side in ("input", "output")
    ]
    return Curves.of(run_metrics, [*of_matrices, *of_neurons])


def title(answer: RanksHistoryAnswer) -> str:
    return f"ranks of the matrices over the epochs · epoch {answer.epoch:,}"


def draw(answer: RanksHistoryAnswer, width: int, height: int, palette: Palette) -> Drawing:
    columns = [curve.column for curve in answer.curves.curves]
    panels = [
        Panel(tuple(c for c in columns if c.startswith(f"{count}_") and "[" not in c), text, prefix=f"{count} ")
        for count, text in _COUNTS.items()
    ]
    panels.append(Panel(tuple(c for c in columns if c.startswith(_INVERSE)), "inverse part. ratio", y_range=(0.0, 1.0)))
    return draw_panels(answer.curves, panels, answer.epoch, answer.axes, width, height, palette, _facts(answer))


def _facts(answer: RanksHistoryAnswer) -> list[str]:
    """Of W_logit, or of the first matrix, and of the neurons."""
    first = next((curve.column for curve in answer.curves.curves), "").partition("effective_rank_")[2]
    facts = []
    for count, text in _COUNTS.items():
        if (value := answer.curves.at(answer.epoch, f"{count}_{first}")) is not None:
            facts.append(f"{text} {value:.1f}")
    if facts:
        facts[0] = f"{first}: {facts[0]}"
    sides = ((side, answer.curves.at(answer.epoch, f"{_INVERSE}_{side}")) for side in ("input", "output"))
    known = [f"{side} {value:.3f}" for side, value in sides if value is not None]
    return [*facts, f"inverse participation ratio of neurons: {', '.join(known)}"] if known else facts


def table(answer: RanksHistoryAnswer) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="ranks-history",
    about=About(
        shows=(
            "How many directions the matrices use over the epochs, and over how many frequencies the weights of "
            "neurons spread. First chart: the effective rank of each matrix; second: its participation ratio; third: "
            "the inverse participation ratio of neurons' input and output weights. Heads are in the data alone. "
            "Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "With the singular values s of a matrix:\n"
            "  effective rank = exp(-sum of q ln q), q = s / sum of s (Roy and Vetterli 2007)\n"
            "  participation ratio = (sum of s^2)^2 / sum of s^4\n"
            "With the amplitude A_k of a neuron's weights at frequency k, the mean over neurons of\n"
            "  inverse participation ratio = sum of A_k^4 / (sum of A_k^2)^2 (Doshi et al. 2024)\n"
            "Input weights are what x and y add to the pre-activation, output weights the neuron's row of W_logit."
        ),
        reading=(
            "Random matrices use all their directions. A network that generalises needs two for each key frequency, a "
            "cosine and a sine: in the bundled run the effective rank of W_logit falls to 10.1 for its five. The "
            "inverse participation ratio rises from near 0 to near 1 as each neuron takes one frequency. Cleanup "
            "removes what only the train pairs needed, and the ranks fall with it."
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
