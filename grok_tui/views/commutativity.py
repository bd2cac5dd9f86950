"""Whether the order of x and y matters: commutativity of the logits and of the attention, over the epochs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve, Curves, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_MOST_HEADS = 64


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    return [Curve("commutativity", "logits", metric_series(run_metrics, "commutativity"))]


def query(explorer: Explorer, selection: Selection) -> CurveAnswer:
    """The commutativity of the logits, and of each head the mean attention to x minus that to y."""
    answer = _OF_LOGITS.query(explorer, selection)
    config = explorer.run.config
    if "attention" not in config.parts or not {"x", "y"} <= {*config.positions}:
        return answer
    positions = config.positions.index("x"), config.positions.index("y")
    return replace(answer, curves=_with_attention(answer.curves, positions))


@lru_cache(maxsize=8)  # charts are cached by the identity of their curves
def _with_attention(curves: Curves, positions: tuple[int, int]) -> Curves:
    patterns = [metrics.report["attention"] for metrics in curves.run_metrics.metrics]  # [epoch][head][position]
    if not patterns:
        return curves
    lead = np.array([[head[positions[0]] - head[positions[1]] for head in pattern] for pattern in patterns])
    heads = [Curve(_column(head), f"head {head}", lead[:, head]) for head in range(lead.shape[1])]
    return Curves.of(curves.run_metrics, [*curves.curves, *heads])


def _column(head: int) -> str:
    return f"attention_x_minus_y_head_{head}"


_OF_LOGITS = curve_view(
    name="commutativity",
    title="commutativity of the logits",
    about=About(
        shows=(
            "How much the logits change when x and y change places, over the epochs: 0 means not at all. Second chart, "
            "in a network with attention: for every head the mean attention to x minus that to y. Vertical line: the "
            "epoch shown; bands: the phases."
        ),
        definition=(
            "With the logits L(x, y) of all p answers, minus their mean over all pairs:\n"
            "  ||L(x, y) - L(y, x)|| / ||L||\n"
            "the norms over all pairs and answers. In a run that subtracts, the other pair is (-y, -x), which has the "
            "same answer. Absent for p above 250, whose logits are not held at once."
        ),
        reading=(
            "At random weights (x, y) and (y, x) are nearly unrelated: the number is near the square root of 2, less "
            "where attention treats both positions alike. Memorising does not need the symmetry: it may learn (x, y) "
            "and not (y, x). Generalising does: the number falls with the test loss, in the bundled run to 0.007. "
            "Attention becomes even as well: its curves go to 0. `attention-history` has both sides of each."
        ),
    ),
    curves=_curves,
    panels=[
        Panel(("commutativity",), "||L(x,y) - L(y,x)|| / ||L||", log_y=True),
        Panel(tuple(map(_column, range(_MOST_HEADS))), "attention to x - to y"),
    ],
)
VIEW = replace(_OF_LOGITS, query=query)
