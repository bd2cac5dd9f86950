"""Trig fraction: the share of variance over pairs that depends on x + y alone, at the key frequencies."""

from __future__ import annotations

from collections.abc import Sequence

from engine.metrics.logit_sums import LogitSums
from engine.metrics.neuron_spectra import InputSpectra, NeuronSpectra
from engine.networks.config import Task


def trig_fraction_of_logits(sums: LogitSums, keys: Sequence[int]) -> float | None:
    """Variance of the logits on the sum directions of the key frequencies, over their variance.

    The mean over the logits z that vary over pairs; None if none does.
    """
    explained = sums.coefficients(keys).square().sum(dim=(0, 1))
    return (explained / sums.squares)[sums.varies].mean().item() if bool(sums.varies.any()) else None


def trig_fraction_of_neurons(spectra: NeuronSpectra | InputSpectra, keys: Sequence[int], task: Task) -> float | None:
    """Variance of the neurons on the sum directions of the key frequencies, over their variance.

    The mean over the neurons that vary over pairs by more than rounding error; None if none does.
    """
    varies = spectra.varies
    if not bool(varies.any()):
        return None
    explained = spectra.on_sum_directions(keys, task).double().square().sum(dim=(0, 1))
    return (explained / spectra.energy)[varies].mean().item()
