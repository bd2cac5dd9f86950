"""How a tuned neuron is tuned: products against linear terms, its phase, and the phase of what it writes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import einsum
from numpy.typing import NDArray

from engine.circuits import on_sum_directions
from engine.folded import Folded
from engine.fourier import fourier_basis
from engine.sweep import NeuronSpectra


def quadratic_fraction(spectra: NeuronSpectra, member_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Energy of the 4 products in block k over all energy; for "rest" neurons the products of all frequencies.

    `member_of` is each neuron's cluster, 0 for the rest (`neurons.membership`). NaN for a constant neuron. [neuron]
    """
    products = spectra.blocks[:, 1:, 1:].double().square().sum(dim=(1, 2)).cpu().numpy()  # [freq, neuron]
    total = spectra.energy.double().cpu().numpy()
    own = products[np.maximum(member_of - 1, 0), np.arange(len(total))]
    energy = np.where(member_of > 0, own, products.sum(axis=0))
    fraction: NDArray[np.float64] = np.divide(energy, total, out=np.full_like(total, np.nan), where=total > 0)
    return fraction


@dataclass(frozen=True, eq=False)
class NeuronPhases:
    """Phases in radians, amplitudes in the units of the activations and of W_logit. [neuron] each

    A neuron's activation has the part `amplitude cos(w_k (x + y) - phase)`; what it writes to the logits has the part
    `output_amplitude cos(w_k z - output_phase)`. Where they agree, it votes for z = x + y.
    """

    phase: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    output_phase: NDArray[np.float64]
    output_amplitude: NDArray[np.float64]


def neuron_phases(folded: Folded, spectra: NeuronSpectra, frequency: NDArray[np.int64]) -> NeuronPhases:
    """Phases of every neuron at its own frequency (`neurons.frequency`; a neuron at 0 gets NaN)."""
    p = folded.config.p
    chosen = torch.from_numpy(np.maximum(frequency - 1, 0)).to(spectra.blocks.device)
    own = spectra.blocks[chosen, :, :, torch.arange(len(chosen))].double()  # [neuron, 3, 3]
    cosine, sine = on_sum_directions(own.movedim(0, -1)[None])[0]
    K = folded.config.n_frequencies
    basis = fourier_basis(p, torch.float64, folded.W_logit.device)[1 : 2 * K + 1].reshape(K, 2, p)
    written = einsum(basis[chosen], folded.W_logit.double(), "neuron part z, neuron z -> neuron part")
    unit_in, unit_out = np.sqrt(2) / p, np.sqrt(2 / p)  # what a unit coefficient is as an amplitude
    found = [cosine, sine, written[:, 0], written[:, 1]]
    a, b, c, d = (np.where(frequency > 0, part.cpu().numpy(), np.nan) for part in found)
    return NeuronPhases(np.arctan2(b, a), np.hypot(a, b) * unit_in, np.arctan2(d, c), np.hypot(c, d) * unit_out)
