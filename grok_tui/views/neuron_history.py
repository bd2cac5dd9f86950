"""One neuron over epochs: its frequency, its share, its variance explained, the fraction active."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Table
from grok_tui.views.shared.epoch_charts import AxesChoice, Panel, draw_panels
from grok_tui.views.shared.epoch_curves import BY_CURVES, Curve, Curves, curves_table, run_metrics_so_far
from grok_tui.views.shared.fact_line import neuron_facts
from grok_tui.views.view import AXIS_KEYS, NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.answers import NeuronFacts
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_FRACTIONS = ("share", "variance_explained", "fraction_active")


@dataclass(frozen=True, eq=False)
class NeuronHistoryAnswer:
    epoch: int
    n_frequencies: int
    facts: NeuronFacts  # at `epoch`
    curves: Curves
    axes: AxesChoice


def query(explorer: Explorer, selection: Selection) -> NeuronHistoryAnswer:
    run_metrics = run_metrics_so_far(explorer, selection, "history")
    facts = explorer.neuron_facts(selection.epoch, selection.neuron, selection.reference_epoch)
    curves = _curves(run_metrics, selection.neuron)
    return NeuronHistoryAnswer(selection.epoch, explorer.config.n_frequencies, facts, curves, AxesChoice.of(selection))


@lru_cache(maxsize=32)
def _curves(run_metrics: RunMetricsSnapshot, neuron: int) -> Curves:
    by_epoch = [metrics.neurons for metrics in run_metrics.metrics]
    # A dead neuron has the frequency 0: a gap in the curve.
    frequency = np.array([neurons.frequency[neuron] or np.nan for neurons in by_epoch], dtype=np.float64)
    explained = np.array([neurons.variance_explained[neuron] for neurons in by_epoch])
    return Curves.of(
        run_metrics,
        [
            Curve("share", "share", np.array([neurons.share[neuron] for neurons in by_epoch])),
            Curve("variance_explained", "var. explained", explained),
            Curve("fraction_active", "active", np.array([neurons.fraction_active[neuron] for neurons in by_epoch])),
            Curve("frequency", "frequency", frequency, 3, ".0f", names=True),
        ],
    )


def title(answer: NeuronHistoryAnswer) -> str:
    return f"neuron {answer.facts.neuron} over epochs · epoch {answer.epoch:,}"


def draw(answer: NeuronHistoryAnswer, width: int, height: int, palette: Palette) -> Drawing:
    frequencies = Panel(("frequency",), "frequency k", y_range=(0.0, answer.n_frequencies + 1.0))
    panels = [Panel(_FRACTIONS, "fraction", y_range=(0.0, 1.0)), frequencies]
    return draw_panels(
        answer.curves, panels, answer.epoch, answer.axes, width, height, palette, neuron_facts(answer.facts)
    )


def table(answer: NeuronHistoryAnswer) -> Table:
    return curves_table(answer.curves)


VIEW = View(
    name="history",
    about=About(
        shows=(
            "One neuron over the epochs: its frequency, how well it is tuned, how often it is active. Above: share, "
            "variance explained and fraction active, from 0 to 1. Below: its frequency. The line above the charts has "
            "the values at the epoch shown, which the vertical line marks; bands: the phases."
        ),
        definition=(
            "With E_k the energy of frequency k in the neuron's centred activations over (x, y), that is of its "
            "Fourier coefficients on cos and sin of w_k x and of w_k y and on their products, w_k = 2 pi k / p:\n"
            "  frequency = argmax E_k\n"
            "  share = max E_k / sum of E_k\n"
            "  var. explained = max E_k / all energy\n"
            "  active = share of the inputs with pre-activation > 0"
        ),
        reading=(
            "At first the frequency jumps from one to another: with shares of a few percent the largest is chance. "
            "Then it settles, for about half of the neurons before the test loss falls, for the others while it does; "
            "that is also when the share rises steeply. Active goes to a little more than half for a neuron that joins "
            "a cluster, to 1 for one that joins the rest. A dead neuron (constant over all inputs) has no frequency "
            "and leaves gaps. {neuron.next} and {neuron.previous} step through its cluster."
        ),
    ),
    keys=(*NEURON_KEYS, *AXIS_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=BY_CURVES,
)
