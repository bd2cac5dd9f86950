"""How well the phases of each cluster's weights fit together, at every epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.views.shared.curve_view import CurveAnswer, curve_view
from grok_tui.views.shared.epoch_charts import Panel
from grok_tui.views.shared.epoch_curves import Curve
from grok_tui.views.view import About

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot

_Phases = Mapping[str, float | None]  # of a cluster, by number
_NUMBERS = {"alignment": "cos(2 phi - psi)", "resultant": "resultant of phi"}


def _curves(run_metrics: RunMetricsSnapshot, keys: Sequence[int]) -> list[Curve]:
    """The mean over clusters, then each cluster; without key frequencies the mean alone."""
    curves = []
    for number in _NUMBERS:
        by_epoch = [metrics.report.get("phase_alignment") or {} for metrics in run_metrics.metrics]
        every = [_present(phases.values(), number) for phases in by_epoch]
        mean = np.array([np.mean(values) if values else np.nan for values in every])
        curves.append(Curve(f"{number}_mean", "mean", mean, 7))
        for k in keys:
            of_cluster = [_present([phases[str(k)]] if str(k) in phases else [], number) for phases in by_epoch]
            values: NDArray[np.float64] = np.array([found[0] if found else np.nan for found in of_cluster])
            curves.append(Curve(f"{number}_{k}", f"freq {k}", values, frequency_colour(k, tuple(keys))))
    return curves


def _present(phases: Iterable[_Phases], number: str) -> list[float]:
    return [value for each in phases if (value := each[number]) is not None]


def _panels(keys: Sequence[int]) -> list[Panel]:
    limits = {"alignment": (-1.0, 1.0), "resultant": (0.0, 1.0)}
    return [
        Panel((f"{number}_mean", *(f"{number}_{k}" for k in keys)), text, y_range=limits[number])
        for number, text in _NUMBERS.items()
    ]


def _facts(answer: CurveAnswer) -> list[str]:
    values = ((text, answer.curves.at(answer.epoch, f"{number}_mean")) for number, text in _NUMBERS.items())
    known = [f"{text} {value:.3f}" for text, value in values if value is not None]
    return [f"mean over clusters: {known[0]}", *known[1:]] if known else ["no neuron is in a cluster at this epoch"]


VIEW = curve_view(
    name="neuron-phases-history",
    title="phases of neurons over the epochs",
    about=About(
        shows=(
            "How well the phases of each cluster's weights fit together, over the epochs. First chart: the mean cosine "
            "of 2 phi - psi; second: the length of the mean resultant of phi. One curve for each cluster, and one for "
            "their mean; a cluster without neurons has a gap. Vertical line: the epoch shown; bands: the phases."
        ),
        definition=(
            "phi is the phase of a neuron's input weights at its frequency, psi that of its output weights, as in "
            "`neuron-phases`:\n"
            "  2 phi - psi: phi ± phi_y - psi (Gromov 2023, Grokking modular arithmetic)\n"
            "  resultant: |mean over a cluster of e^(i phi)|\n"
            "Clusters are those of the key frequencies at the reference epoch. Without any, as in quadratic networks "
            "whose neurons have a share of 0.8 at best, neurons of share 0.75 or more are grouped."
        ),
        reading=(
            "A neuron with 2 phi = psi votes for the right answer: the first number rises to nearly 1 as soon as a "
            "cluster has neurons. The votes of a cluster add up to a wave of the right answer alone if its phases "
            "cover the circle: the second number is then near 0, and near 1 for a cluster of one or two neurons."
        ),
    ),
    curves=_curves,
    panels=_panels,
    facts=_facts,
)
