"""How well a sum of one cosine for each key frequency describes the logits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel, curve_facts
from grok_tui.views.shared.epoch_curves import Curve, metric_series
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_EXPLAINED = "fraction_of_variance_explained"


def _curves(run_metrics: RunMetricsSnapshot, key_frequencies: Sequence[int]) -> list[Curve]:
    def coefficient(k: int) -> Curve:
        values = metric_series(run_metrics, "logit_fit", "coefficients", str(k))
        return Curve(f"c_{k}", f"c_{k}", values, frequency_colour(k, key_frequencies))

    explained = Curve(_EXPLAINED, "var. explained", metric_series(run_metrics, "logit_fit", "fve"), 7)
    return [explained, *map(coefficient, key_frequencies)]


def _coefficients(key_frequencies: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"c_{k}" for k in key_frequencies)


def _panels(key_frequencies: Sequence[int]) -> list[Panel]:
    return [
        Panel(_coefficients(key_frequencies), "coefficient"),
        Panel((_EXPLAINED,), "fraction", y_range=(0.0, 1.0)),
    ]


def _facts(answer: CurveAnswer) -> list[str]:
    explained = answer.curves.at(answer.epoch, _EXPLAINED)
    facts = [] if explained is None else [f"{explained:.1%} of the logits' variance"]
    return facts + curve_facts(answer.curves, answer.epoch, _coefficients(answer.key_frequencies))


VIEW = curve_view(
    name="logit-formula",
    title="logits as a sum of cos w(x±y-z)",
    sum_directions="for all",
    about=About(
        shows=(
            "How well a sum of cosines, one for each key frequency, describes the logits, over the epochs. Above: the "
            "coefficient c_k of each key frequency. Below: the fraction of the logits' variance that the formula "
            "explains, from 0 to 1. Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "The study's formula for the logits, w_k = 2 pi k / p, k over the key frequencies:\n"
            "  logit(z) = sum over k of c_k cos w_k(x±y-z)\n"
            "The c_k are fitted by least squares to the logits of all pairs; the cosines are orthogonal, so each c_k "
            "is one projection. The fraction is that of the variance of all p^3 logits around their overall mean."
        ),
        reading=(
            "Each cosine is largest at z = x ± y mod p, and their sum is large only there: elsewhere they cancel. At "
            "epoch 0 all c_k are about 0. They grow through circuit formation, while the test loss is still high, at "
            "different times for different frequencies; the fraction rises steeply at grokking and ends near 1: then "
            "the formula is nearly all that the network computes. The key frequencies are those of the reference "
            "epoch, at every epoch."
        ),
    ),
    curves=_curves,
    panels=_panels,
    facts=_facts,
)
