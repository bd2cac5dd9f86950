"""How much of what varies over pairs varies with x + y alone, at the key frequencies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.metrics.logit_sums import LogitSums
from engine.networks.config import SIGNS, Operation


def trig_fraction_of_logits(sums: LogitSums, keys: Sequence[int]) -> float | None:
    """Variance of the centred logits on the sum directions over their variance, mean over answers that vary."""
    explained = sums.coefficients(keys).square().sum(dim=(0, 1))
    return (explained / sums.squares)[sums.varies].mean().item() if bool(sums.varies.any()) else None


def trig_fraction_of_neurons(coefficients: Tensor, energy: Tensor, varies: Tensor) -> float | None:
    """Variance of the neurons on the sum directions of the key frequencies, over their variance, mean over neurons.

    `coefficients` [key, 2, neuron] are those of the key frequencies alone. Neurons that do not vary have no fraction
    and are left out; None if all are.
    """
    if not bool(varies.any()):
        return None
    explained = coefficients.double().square().sum(dim=(0, 1))
    return (explained / energy.double())[varies].mean().item()


def on_sum_directions(blocks: Tensor, operation: Operation) -> Tensor:
    """Coefficients on `cos_k(x+y)` and `sin_k(x+y)`, or on those of x-y, of blocks.

    [freq, 3, 3, neuron] -> [freq, 2, neuron]
    """
    sign = SIGNS[operation]
    cosine = (blocks[:, 1, 1] - sign * blocks[:, 2, 2]) / math.sqrt(2)
    sine = (blocks[:, 2, 1] + sign * blocks[:, 1, 2]) / math.sqrt(2)
    return torch.stack([cosine, sine], dim=1)
