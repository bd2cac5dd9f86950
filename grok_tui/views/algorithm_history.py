"""Clock or pizza over the epochs: the numbers of `algorithm` at every checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel, curve_facts
from grok_tui.views.shared.epoch_curves import Curve, Curves, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_RIGHT = "gradient_symmetricity_right_answers"
_NAMES = {
    "distance_irrelevance": "distance irrelevance",
    "gradient_symmetricity": "gradient symmetricity",
    "circularity": "circularity",
    _RIGHT: "of right answers",
}


def _curves(run_metrics: RunMetricsSnapshot, _: Sequence[int]) -> list[Curve]:
    return [Curve(name, text, metric_series(run_metrics, "algorithm", name)) for name, text in _NAMES.items()]


def _facts(answer: CurveAnswer) -> list[str]:
    """The values at the epoch on show, and why a curve is absent at all epochs."""
    curves = answer.curves
    metrics = curves.run_metrics.metrics
    known = {curve.column for curve in curves.known()}
    reasons = metrics[-1].report.get("algorithm", {}).get("absent", {}) if metrics else {}
    absent = [
        f"no {text}: {reasons[name]}"
        for name, text in _NAMES.items()
        if name not in known and name in reasons and name != _RIGHT
    ]
    return [*curve_facts(curves, answer.epoch, tuple(_NAMES), ".3f"), *absent]


def query(explorer: Explorer, selection: Selection) -> CurveAnswer:
    """The curves of the run metrics, and what is known of symmetricity over all right answers."""
    answer = _OF_RUN_METRICS.query(explorer, selection)
    return replace(
        answer, curves=_with_right_answers(answer.curves, _Known(explorer.symmetricity_history().snapshot()))
    )


def later(explorer: Explorer, _: Selection) -> Iterator[None]:
    """Symmetricity over all right answers: a backward pass over all pairs for each checkpoint."""
    return explorer.symmetricity_history().steps()


class _Known:
    """Values by epoch, hashed by the identity of their mapping."""

    def __init__(self, by_epoch: Mapping[int, float]) -> None:
        self.by_epoch = by_epoch

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and other.by_epoch is self.by_epoch

    def __hash__(self) -> int:
        return id(self.by_epoch)


@lru_cache(maxsize=8)  # charts are cached by the identity of their curves
def _with_right_answers(curves: Curves, known: _Known) -> Curves:
    values = np.array([known.by_epoch.get(epoch, np.nan) for epoch in curves.run_metrics.epochs])
    others = [curve for curve in curves.curves if curve.column != _RIGHT]
    return Curves.of(curves.run_metrics, [*others, Curve(_RIGHT, _NAMES[_RIGHT], values)])


_OF_RUN_METRICS = curve_view(
    name="algorithm-history",
    title="clock or pizza over the epochs",
    about=About(
        shows=(
            "How the network becomes a clock or a pizza over the epochs. The curves are distance irrelevance, gradient "
            "symmetricity over the published triples and over all right answers, and circularity. Above, their values "
            "at the epoch shown. "
            "Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "As in `algorithm`, at every checkpoint (Zhong et al. 2023, The Clock and the Pizza). Gradient "
            "symmetricity over all right answers takes longer than the others: its curve is computed when this view is "
            "shown, and kept in the cache."
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
VIEW = replace(_OF_RUN_METRICS, query=query, later=later)
