"""The fraction of the variance of the logits and the neurons on the trig terms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.views.shared.curve_view import curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_COLUMNS = ("logits", "neurons_pre", "neurons_post")


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    return [
        Curve(column, column.replace("_", " "), metric_series(run_metrics, "trig_fraction", column))
        for column in _COLUMNS
    ]


VIEW = curve_view(
    name="trig-fraction",
    title="trig fraction of logits and neurons",
    sum_directions="for all",
    about=About(
        shows=(
            "The fraction of the logits and of the neurons on the trig terms, over the epochs. Three curves from 0 to "
            "1: logits, neurons before (pre) and after (post) the nonlinearity. Vertical line: the epoch shown; bands: "
            "the phases."
        ),
        definition=(
            "For each unit, a logit or a neuron, centred over all pairs:\n"
            "  fraction = variance on cos w_k(x±y) and sin w_k(x±y) of all key frequencies k / all its variance\n"
            "with w_k = 2 pi k / p; then the mean over the p logits or the neurons, without constant ones."
        ),
        reading=(
            "At epoch 0 all are 0. The logits' curve rises first and ends near 1; the neurons' rise at grokking and "
            "stay low: most of a tuned neuron is waves in x alone and in y alone, which cancel in the logits. The "
            "study calls this the reverse order: the readout learns first. It can pick out a weak signal, and only "
            "then do the neurons get a clear signal. Pre is lower than post because the nonlinearity makes the "
            "products."
        ),
    ),
    curves=_curves,
    panels=[Panel(_COLUMNS, "fraction", y_range=(0.0, 1.0))],
    facts_format=".1%",
)
