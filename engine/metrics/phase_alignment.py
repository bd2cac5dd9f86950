"""Phases of neurons' input weights against those of their output weights: the 2 phi - psi of quadratic and ReLU MLPs.

A neuron with pre-activation `cos(w x - phi) + cos(w y - phi)` has, after a square or a ReLU, a term on x + y with the
phase 2 phi. If it writes `cos(w z - psi)` with psi = 2 phi, it votes for z = x + y. Source: Gromov 2023, "Grokking
modular arithmetic" (arXiv:2301.02679), where this is the solution of quadratic networks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import einsum
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.token_means import means_over_other_token
from engine.networks.fourier import waves_by_frequency
from engine.networks.network import Network


@dataclass(frozen=True, eq=False)
class InputPhases:
    """Phases in radians of the waves `cos(w_k x - phase)` in what a neuron gets from x, and from y. [neuron] each

    NaN for frequency 0, and where there is no wave but rounding error.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]


@torch.no_grad()
def input_phases(network: Network, frequency: NDArray[np.int64]) -> InputPhases:
    """The phases of every neuron's input weights, over tokens, at its own frequency (0: none).

    The input weights are what x and y add to the pre-activation (`token_means`).
    """
    phases = InputPhases(*(np.full(len(frequency), np.nan) for _ in range(2)))
    chosen = np.flatnonzero(frequency)
    if not len(chosen):
        return phases
    over_x, over_y = means_over_other_token(network, torch.from_numpy(chosen).to(network.device))
    k = torch.from_numpy(frequency[chosen]).to(network.device)
    epsilon = torch.finfo(network.dtype).eps
    phases.x[chosen] = _phases(over_x, k, epsilon)
    phases.y[chosen] = _phases(over_y, k, epsilon)
    return phases


def _phases(over_tokens: Tensor, k: Tensor, epsilon: float) -> NDArray[np.float64]:
    """The phase of each column at its frequency; NaN where it is rounding error. [token, neuron] -> [neuron]"""
    waves = waves_by_frequency(len(over_tokens), torch.float64, over_tokens.device)[k - 1]
    cosine, sine = einsum(waves, over_tokens, "neuron part token, token neuron -> part neuron")
    is_wave = torch.hypot(cosine, sine) > 16 * epsilon * torch.linalg.vector_norm(over_tokens, dim=0)
    found: NDArray[np.float64] = torch.where(is_wave, torch.atan2(sine, cosine), torch.nan).cpu().numpy()
    return found


def phase_alignment(inputs: InputPhases, output_phase: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
    """`phi_x + phi_y - psi` wrapped to (-pi, pi]; 2 phi - psi where x and y have the same weights. [neuron]

    `sign` is that of y in the right answer (`Task.sign`): a network that subtracts has phi_x - phi_y - psi.
    """
    difference = inputs.x + sign * inputs.y - output_phase
    wrapped: NDArray[np.float64] = np.pi - np.remainder(np.pi - difference, 2 * np.pi)
    return np.where(wrapped <= -np.pi, np.pi, wrapped)  # a remainder may round to 2 pi


def resultant_length(angles: NDArray[np.float64]) -> float | None:
    """`|mean of e^(i angle)|`: 0 for angles spread evenly over the circle, 1 for equal ones. None without any angle."""
    known = angles[~np.isnan(angles)]
    return float(np.abs(np.exp(1j * known).mean())) if len(known) else None
