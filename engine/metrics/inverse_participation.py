"""Over how many frequencies the input and the output weights of neurons spread: the inverse participation ratio.

It is 1 for weights that are a wave of one frequency, and 1/n for n frequencies of equal amplitude. Source: Doshi et
al. 2024, "To grok or not to grok" (arXiv:2310.13061).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.neuron_spectra import InputSpectra
from engine.metrics.token_means import means_over_other_token
from engine.networks.fourier import dft1, frequency_energies
from engine.networks.network import Network


@dataclass(frozen=True)
class InverseParticipation:
    """The mean over neurons; None where no neuron has a ratio."""

    input: float | None  # of what x and y add to the pre-activations, the mean of both
    output: float | None  # of the rows of W_logit; None without W_logit


@torch.no_grad()
def inverse_participation(network: Network, pre: InputSpectra | None = None) -> InverseParticipation:
    """`sum_k A_k^4 / (sum_k A_k^2)^2` of neurons, A_k the amplitude of their weights at frequency k = 1 .. floor(p/2).

    The input weights are what x and y add to the pre-activation (`token_means`). The spectra `pre` hold their
    transforms and save a pass over all pairs. The output weights are the neuron's row of
    W_logit. Weights that do not vary over tokens by more than rounding error have no ratio.
    """
    inputs = _input_energies(network) if pre is None else _input_energies_of(pre)
    epsilon = torch.finfo(network.dtype).eps
    return InverseParticipation(
        _mean(torch.stack([_ratios(energies, constant, epsilon) for energies, constant in inputs])),
        _of_outputs(network.W_logit) if "W_logit" in network.parts else None,
    )


# Of x and of y: the energies A_k^2 [freq, neuron], and that of the constant [neuron].
_Inputs = list[tuple[Tensor, Tensor]]


def _input_energies(network: Network) -> _Inputs:
    components = [dft1(weights) for weights in means_over_other_token(network)]  # [component, neuron]
    return [(frequency_energies(each), each[0].square()) for each in components]


def _input_energies_of(pre: InputSpectra) -> _Inputs:
    constant = pre.constant.double().square()
    return [(linear.double().square().sum(dim=1), constant) for linear in (pre.on_x, pre.on_y)]


def _of_outputs(W_logit: Tensor) -> float | None:
    over_answers = W_logit.double().T  # [z, neuron]
    squares = over_answers.square().sum(dim=0)
    return _mean(_ratios(frequency_energies(dft1(over_answers)), squares, torch.finfo(W_logit.dtype).eps))


def _ratios(energies: Tensor, scale: Tensor, epsilon: float) -> Tensor:
    """The ratio of each neuron; NaN where its energy A_k^2 is rounding error of `scale`. [freq, neuron] -> [neuron]"""
    total = energies.sum(dim=0)
    varies = total > (16 * epsilon) ** 2 * scale
    return torch.where(varies, (energies / total).square().sum(dim=0), torch.nan)


def _mean(ratios: Tensor) -> float | None:
    """Mean of the ratios that are not NaN; None if all are."""
    known = ratios[~ratios.isnan()]
    return known.mean().item() if len(known) else None
