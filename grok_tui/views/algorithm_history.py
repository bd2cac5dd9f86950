"""Clock or pizza over the epochs: the numbers of `algorithm` at every checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel, curve_facts
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_NAMES = {
    "distance_irrelevance": "distance irrelevance",
    "gradient_symmetricity": "gradient symmetricity",
    "circularity": "circularity",
}


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    return [Curve(name, text, metric_series(run_metrics, "algorithm", name)) for name, text in _NAMES.items()]


def _facts(answer: CurveAnswer) -> list[str]:
    """The values at the epoch on show, and why a curve is absent at all epochs."""
    curves = answer.curves
    metrics = curves.run_metrics.metrics
    known = {curve.column for curve in curves.known()}
    reasons = metrics[-1].report.get("algorithm", {}).get("absent", {}) if metrics else {}
    absent = [f"no {_NAMES[name]}: {reasons[name]}" for name in _NAMES if name not in known and name in reasons]
    return [*curve_facts(curves, answer.epoch, tuple(_NAMES), ".3f"), *absent]


VIEW = curve_view(
    name="algorithm-history",
    title="clock or pizza over the epochs",
    about=About(
        shows=(
            "How the network becomes a clock or a pizza over the epochs. The curves are distance irrelevance, gradient "
            "symmetricity over the published triples, and circularity. Above, their values at the epoch shown. "
            "Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "As in `algorithm`, at every checkpoint (Zhong et al. 2023, The Clock and the Pizza). Gradient "
            "symmetricity over all right answers is left out, as it takes long: `algorithm` shows it for one epoch."
        ),
        reading=(
            "A pizza has distance irrelevance near 0 and gradient symmetricity near 1, a clock the opposite. At random "
            "weights the logit of the right answer depends on nothing in particular: distance irrelevance is near 1, "
            "which does not mean a clock, and the gradients are alike where attention treats x and y alike. "
            "Circularity rises as the embedding forms circles. In the bundled run the other two move towards the "
            "pizza while the circuit forms, and in the cleanup towards the clock."
        ),
    ),
    curves=_curves,
    panels=[Panel(tuple(_NAMES), "0 to 1")],
    facts=_facts,
)
