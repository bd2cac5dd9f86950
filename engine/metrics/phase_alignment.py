"""Phases of neurons' input weights against those of their output weights: the 2 phi - psi of quadratic and ReLU MLPs.

A neuron with pre-activation `cos(w x - phi) + cos(w y - phi)` has, after a square or a ReLU, a term on x + y with the
phase 2 phi. If it writes `cos(w z - psi)` with psi = 2 phi, it votes for z = x + y. Source: Gromov 2023, "Grokking
modular arithmetic" (arXiv:2301.02679), where this is the solution of quadratic networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from einops import einsum
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.neuron_clusters import Neurons, membership
from engine.metrics.neuron_spectra import InputSpectra, SpectraPass
from engine.metrics.neuron_tuning import neuron_phases
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


def input_phases_of(pre: InputSpectra, frequency: NDArray[np.int64]) -> InputPhases:
    """The same from the spectra of the pre-activations, which hold the waves of x and of y."""
    k = torch.from_numpy(np.maximum(frequency - 1, 0)).to(pre.constant.device)
    constant = pre.constant.double().square()
    phases = []
    for linear in (pre.on_x.double(), pre.on_y.double()):  # [freq, part, neuron]
        cosine, sine = linear[k, :, torch.arange(len(k), device=k.device)].T
        size = (linear.square().sum(dim=(0, 1)) + constant).sqrt()
        is_wave = torch.hypot(cosine, sine) > 16 * torch.finfo(pre.constant.dtype).eps * size
        found = torch.where(is_wave, torch.atan2(sine, cosine), torch.nan).cpu().numpy()
        phases.append(np.where(frequency > 0, found, np.nan))
    return InputPhases(*phases)


def phase_alignment(inputs: InputPhases, output_phase: NDArray[np.float64], sign: int) -> NDArray[np.float64]:
    """`phi_x + phi_y - psi` wrapped to (-pi, pi]; 2 phi - psi where x and y have the same weights. [neuron]

    `sign` is that of y in the right answer (`Task.sign`): a network that subtracts has phi_x - phi_y - psi.
    """
    difference = inputs.x + sign * inputs.y - output_phase
    wrapped: NDArray[np.float64] = np.pi - np.remainder(np.pi - difference, 2 * np.pi)
    return np.where(wrapped <= -np.pi, np.pi, wrapped)  # a remainder may round to 2 pi


# cos w(x - f) + cos w(y - f), squared, has a share of 0.8 at its own frequency: below that of a cluster.
QUADRATIC_SHARE = 0.75


def quadratic_clusters(neurons: Neurons) -> tuple[tuple[int, ...], NDArray[np.int64]]:
    """The frequencies that several neurons have with the share of quadratic neurons, and that of each neuron or 0."""
    tuned = np.nan_to_num(neurons.share, nan=0.0) >= QUADRATIC_SHARE
    found, counts = np.unique(neurons.frequency[tuned], return_counts=True)
    keys = tuple(int(k) for k in found[counts >= max(2.0, 0.01 * len(tuned))])
    return keys, np.where(tuned & np.isin(neurons.frequency, keys), neurons.frequency, 0)


@dataclass(frozen=True)
class ClusterPhases:
    """Means over the neurons of a cluster; None where no neuron has the phases."""

    alignment: float | None  # mean cosine of 2 phi - psi: 1 where every neuron votes for the right answer
    resultant: float | None  # of phi: 0 where the phases cover the circle evenly


def cluster_phases(
    network: Network, spectra: SpectraPass, neurons: Neurons, keys: Sequence[int]
) -> dict[int, ClusterPhases]:
    """The phases of each cluster of key frequencies; without any, of those of `quadratic_clusters`.

    Raises:
        MissingPart: the network has no part "W_logit".
    """
    frequencies, cluster = (tuple(keys), membership(neurons, keys)) if keys else quadratic_clusters(neurons)
    inputs = input_phases(network, cluster) if spectra.pre is None else input_phases_of(spectra.pre, cluster)
    written = neuron_phases(network, spectra.spectra, cluster).output_phase
    cosine = np.cos(phase_alignment(inputs, written, network.task.sign))
    found = {}
    for k in frequencies:
        of_cluster = cosine[(cluster == k) & ~np.isnan(cosine)]
        mean = float(of_cluster.mean()) if len(of_cluster) else None
        found[k] = ClusterPhases(mean, resultant_length(inputs.x[cluster == k]))
    return found


def resultant_length(angles: NDArray[np.float64]) -> float | None:
    """`|mean of e^(i angle)|`: 0 for angles spread evenly over the circle, 1 for equal ones. None without any angle."""
    known = angles[~np.isnan(angles)]
    return float(np.abs(np.exp(1j * known).mean())) if len(known) else None
