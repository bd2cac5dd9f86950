"""The test loss divided by the trig loss: how far the network lags behind its circuit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel, curve_facts
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    test, trig = metric_series(run_metrics, "loss", "test"), metric_series(run_metrics, "trig_loss", "all")
    ratio = np.divide(test, trig, out=np.full_like(test, np.nan), where=trig > 0)
    return [
        Curve("test_trig_ratio", "test / trig", ratio),
        Curve("test_loss", "test", test),
        Curve("trig_loss_all", "trig", trig),
    ]


def _facts(answer: CurveAnswer) -> list[str]:
    if answer.curves.run_metrics.metrics and not answer.curves.known(["test_loss"]):
        return ["split unknown: no test loss and no ratio"]
    return curve_facts(answer.curves, answer.epoch, ("test_trig_ratio", "test_loss", "trig_loss_all"))


VIEW = curve_view(
    name="test-trig-ratio",
    title="test loss / trig loss",
    sum_directions="for all",
    about=About(
        shows=(
            "How far the test loss is above the loss of the circuit alone, over the epochs. Log scale: the test loss "
            "divided by the trig loss on all pairs. The line above the chart has both losses. Vertical line: the epoch "
            "shown; bands: the phases."
        ),
        definition=(
            "  ratio = test loss / trig loss\n"
            "test loss: mean cross-entropy on the test pairs; it needs a known split. Trig loss: that of the logits "
            "projected on cos w_k(x±y) and sin w_k(x±y) of the key frequencies, plus the mean over inputs that this "
            "removes, on all pairs: the loss of the circuit alone. w_k = 2 pi k / p."
        ),
        reading=(
            "At epoch 0 the ratio is 1, as both are guessing. It climbs before grokking: the circuit alone is already "
            "better than the network, which still has its memory. It peaks early in the cleanup, at ten thousand and "
            "more in the study's run, and falls as the memory is cleaned up. Late in training both losses are tiny, "
            "and the ratio settles at some value above 1 (6 at the end of the bundled run; the study's 230 is of "
            "losses that float32 cannot resolve)."
        ),
    ),
    curves=_curves,
    panels=[Panel(("test_trig_ratio",), "ratio", log_y=True)],
    facts=_facts,
)
