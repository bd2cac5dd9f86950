"""The sparsity of the embedding and the readout in the Fourier basis: few components hold most of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.views.shared.curve_view import curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    return [
        Curve("gini_W_E", "W_E embedding", metric_series(run_metrics, "gini", "W_E")),
        Curve("gini_W_L", "W_L readout", metric_series(run_metrics, "gini", "W_L")),
    ]


VIEW = curve_view(
    name="sparsity",
    title="sparsity in the Fourier basis",
    about=About(
        shows=(
            "How few Fourier components hold the embedding and the readout, over the epochs. Two curves from 0 to 1: "
            "the Gini coefficient of W_E and of W_L. Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "The Gini coefficient of the norms v_i of the n = p Fourier components, in ascending order, of W_E over "
            "the tokens and of W_L = W_logit (W_out W_U in a transformer) over the answers:\n"
            "  Gini = sum over i of (2i - n - 1) v_i / (n × sum of v_i)\n"
            "0: all components are alike; near 1: few hold everything (Nanda et al. 2023)."
        ),
        reading=(
            "At epoch 0 it is near 0: random weights look alike in every component. It creeps up through circuit "
            "formation, and rises steeply at grokking and in the cleanup, W_L first. It needs no key frequencies and "
            "so no hindsight: it can be watched while training. It cannot reach 1: with five frequencies, ten of 113 "
            "components are equally large, which is 0.91."
        ),
    ),
    curves=_curves,
    panels=[Panel(("gini_W_E", "gini_W_L"), "Gini", y_range=(0.0, 1.0))],
    facts_format=".3f",
    needs_one_of=("W_E", "W_logit"),
)
