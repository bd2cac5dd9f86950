"""The sum of squared weights, in total and by parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_PANELS = (
    Panel(("total",), "all parameters, Σ w²"),
    Panel(("W_E", "W_pos", "W_U", "b_U"), "tokens"),
    Panel(("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O"), "attention"),
    Panel(("W_in", "W_out", "b_in", "b_out"), "MLP"),
    Panel(("tokens", "attention", "MLP", "norms", "other"), "by part"),
)
_ALONE = frozenset(column for panel in _PANELS[:-1] for column in panel.columns)
# What the names of the parameters of other architectures contain.
_GROUPS = ((".attn.", "attention"), (".mlp.", "MLP"), ("layers.", "MLP"), ("embed", "tokens"), ("ln", "norms"))


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    """The total and all parameters that are not zero throughout; those of other architectures added up by part."""
    names = list(run_metrics.metrics[0].report["sum_sq_weights"]) if run_metrics.metrics else ["total"]
    sums: dict[str, NDArray[np.float64]] = {}
    for name in names:
        column = name if name in _ALONE else next((part for text, part in _GROUPS if text in name), "other")
        sums[column] = sums.get(column, 0.0) + metric_series(run_metrics, "sum_sq_weights", name)
    curves = [Curve(column, column, values) for column, values in sums.items()]
    return [curve for curve in curves if curve.values.any() or curve.column == "total"]


def _facts(answer: CurveAnswer) -> list[str]:
    total = answer.curves.at(answer.epoch, "total")
    if total is None:
        return []
    values = next(curve.values for curve in answer.curves.curves if curve.column == "total")
    peak = int(values.argmax())
    return [
        f"total {total:,.0f}",
        f"{total / values[peak]:.0%} of its peak, {values[peak]:,.0f} at epoch {answer.curves.epochs[peak]:,.0f}",
    ]


VIEW = curve_view(
    name="weights",
    title="sum of squared weights",
    about=About(
        shows=(
            "The sum of squared weights over the epochs: in total and by parameter. One chart for the total and one "
            "each for tokens (W_E, W_pos, W_U), attention and MLP; parameters that are zero throughout are left out. "
            "The many parameters of other architectures are added up by part. Vertical line: the epoch shown; bands: "
            "the phases."
        ),
        definition=(
            "For a parameter W with entries w:\n"
            "  sum of w²\n"
            "and the total over all parameters, biases included. AdamW's weight decay pulls every weight towards 0 at "
            "each step, by lr × weight decay × w; it is not part of the losses in other views."
        ),
        reading=(
            "The total rises while the network memorises, peaks about when the train pairs are learnt, and then falls "
            "long before the test loss does: memorising takes large weights, the general solution small ones, and "
            "weight decay pays for each step towards it. It falls fast right after the peak, slowly while the circuit "
            "forms, fast again at grokking, and settles as the cleanup ends; the peak is 3.5 times the end in the "
            "study, 3.8 times in the bundled run. A parameter that shrinks is not unused: others may have grown to "
            "compensate."
        ),
    ),
    curves=_curves,
    panels=_PANELS,
    facts=_facts,
)
