"""Trig fraction: the share of variance over pairs that depends on x + y alone, at the key frequencies."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from engine.metrics.logit_sums import LogitSums
from engine.metrics.neuron_spectra import NeuronSpectra
from engine.networks.config import Task


def trig_fraction_of_logits(sums: LogitSums, keys: Sequence[int]) -> float | None:
    """Variance of the logits on the sum directions of the key frequencies, over their variance.

    The mean over the logits z that vary over pairs; None if none does.
    """
    explained = sums.coefficients(keys).square().sum(dim=(0, 1))
    return (explained / sums.squares)[sums.varies].mean().item() if bool(sums.varies.any()) else None


def trig_fraction_of_neurons(spectra: NeuronSpectra, keys: Sequence[int], task: Task) -> float | None:
    """Variance of the neurons on the sum directions of the key frequencies, over their variance.

    The mean over the neurons that vary over pairs by more than rounding error; None if none does.
    """
    varies = spectra.varies
    if not bool(varies.any()):
        return None
    on_keys = on_sum_directions(spectra.blocks[[k - 1 for k in keys]].double(), keys, task.p, task.sign)
    explained = on_keys.square().sum(dim=(0, 1))
    return (explained / spectra.energy)[varies].mean().item()


def on_sum_directions(blocks: Tensor, frequencies: Sequence[int] | Tensor, p: int, sign: int) -> Tensor:
    """Coefficients on the sum directions, from blocks: `cos_k(x+y)` and `sin_k(x+y)`, or for sign -1 those of x-y.

    `frequencies` are those of the blocks: [block]. For k = p/2 the one sum direction is `cos_k cos_k`, and the
    coefficient on the absent sine is 0.

    [block, 3, 3, ...] -> [block, part (cos, sin), ...]
    """
    k = torch.as_tensor(frequencies, device=blocks.device).view(-1, *(1,) * (blocks.dim() - 3))
    length = blocks.new_full(k.shape, math.sqrt(2)).masked_fill_(2 * k == p, 1.0)  # of the sum of the products
    cosine = (blocks[:, 1, 1] - sign * blocks[:, 2, 2]) / length
    sine = (blocks[:, 2, 1] + sign * blocks[:, 1, 2]) / length
    return torch.stack([cosine, sine], dim=1)
