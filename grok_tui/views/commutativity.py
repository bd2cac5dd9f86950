"""Whether the order of x and y matters: commutativity of the logits and of the attention, over the epochs."""

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
    return [Curve("commutativity", "logits", metric_series(run_metrics, "commutativity"))]


VIEW = curve_view(
    name="commutativity",
    title="commutativity of the logits",
    about=About(
        shows=(
            "How much the logits change when x and y change places, over the epochs. One curve: 0 means not at all. "
            "Vertical line: the epoch shown; bands: the phases."
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
            "`attention-history` shows the same for attention, whose curves of x and y meet at one half."
        ),
    ),
    curves=_curves,
    panels=[Panel(("commutativity",), "||L(x,y) - L(y,x)|| / ||L||", log_y=True)],
)
