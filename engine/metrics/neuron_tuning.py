"""How a neuron is tuned: products against linear terms, the phase of its activation, and the phase of its output."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from einops import einsum
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.neuron_spectra import NeuronSpectra, on_sum_directions
from engine.networks.fourier import block_components, waves_by_frequency
from engine.networks.network import Network


def quadratic_fraction(spectra: NeuronSpectra, cluster_of: NDArray[np.int64]) -> NDArray[np.float64]:
    """Energy of the 4 products in block k of a neuron's cluster, over all its energy; NaN if constant. [neuron]

    For neurons of the rest, the products of all frequencies are counted. `cluster_of` is the key frequency of each
    neuron's cluster, 0 for the rest (`neuron_clusters.membership`).
    """
    products = spectra.blocks[:, 1:, 1:].double().square().sum(dim=(1, 2)).cpu().numpy()  # [freq, neuron]
    total, varies = spectra.energy.double().cpu().numpy(), spectra.varies.cpu().numpy()
    own = products[np.maximum(cluster_of - 1, 0), np.arange(len(total))]
    energy = np.where(cluster_of > 0, own, products.sum(axis=0))
    fraction: NDArray[np.float64] = np.divide(energy, total, out=np.full_like(total, np.nan), where=varies)
    return fraction


@dataclass(frozen=True, eq=False)
class NeuronBlock:
    """The 9 Fourier coefficients of one frequency in a neuron's activations, which are not centred."""

    coefficients: Tensor  # [3, 3]: rows of x, columns of y: constant, cos k, sin k; [2, 2] without the sine of k = p/2
    cosine: float | None  # coefficient on the unit vector cos_k(x+y), or cos_k(x-y) in a network that subtracts
    sine: float | None  # coefficient on the unit vector sin_k(x+y), or sin_k(x-y); None for k = p/2
    product_share: float | None  # energy of the products / energy of the block without its constant
    sum_share: float | None  # energy on these two / energy of the products; the remainder has the other sign


def neuron_block(spectra: NeuronSpectra, neuron: int, k: int, p: int, sign: int | None) -> NeuronBlock:
    """Block k of one neuron (the study's section "From quadratic Fourier terms to sums of angles").

    `sign` is that of y in the right answer (`Task.sign`); with None, what needs sum directions is None.
    """
    block = spectra.blocks[k - 1, :, :, neuron].double()
    terms = len(block_components(k, p))
    products = block[1:, 1:].square().sum().item()
    energy = products + (block[0, 1:].square().sum() + block[1:, 0].square().sum()).item()
    share = products / energy if energy > 0 else None
    if sign is None:
        return NeuronBlock(block[:terms, :terms], None, None, share, None)
    cosine, sine = on_sum_directions(block[None], [k], p, sign)[0].tolist()
    return NeuronBlock(
        coefficients=block[:terms, :terms],
        cosine=cosine,
        sine=sine if terms == 3 else None,
        product_share=share,
        sum_share=(cosine**2 + sine**2) / products if products > 0 else None,
    )


@dataclass(frozen=True, eq=False)
class NeuronPhases:
    """Phases in radians; amplitudes in the units of the activations and of W_logit. [neuron] each

    A neuron's activation contains `amplitude cos(w_k s - phase)`, where s is the answer to (x, y). Its row of W_logit
    contains `output_amplitude cos(w_k z - output_phase)`. If the phases are equal, the neuron votes for z = s. For
    k = p/2, which has no sine, a phase is 0 or pi.
    """

    phase: NDArray[np.float64]
    amplitude: NDArray[np.float64]
    output_phase: NDArray[np.float64]
    output_amplitude: NDArray[np.float64]


def neuron_phases(network: Network, spectra: NeuronSpectra, frequency: NDArray[np.int64]) -> NeuronPhases:
    """Phases of every neuron at its own frequency (`Neurons.frequency`); NaN for frequency 0. Needs W_logit."""
    p, W_logit = network.task.p, network.W_logit
    chosen = torch.from_numpy(np.maximum(frequency - 1, 0)).to(spectra.blocks.device)
    own = spectra.blocks[chosen, :, :, torch.arange(len(chosen))].double()  # [neuron, 3, 3]
    read = on_sum_directions(own, chosen + 1, p, network.task.sign)  # [neuron, part]
    waves = waves_by_frequency(p, torch.float64, W_logit.device)[chosen]
    written = einsum(waves, W_logit.double(), "neuron part z, neuron z -> neuron part")
    # Amplitudes of the unit vectors over pairs, and over answers.
    half = 2 * frequency == p
    unit_in, unit_out = np.where(half, 1 / p, np.sqrt(2) / p), np.where(half, np.sqrt(1 / p), np.sqrt(2 / p))
    coefficients = [read[:, 0], read[:, 1], written[:, 0], written[:, 1]]
    a, b, c, d = (np.where(frequency > 0, part.cpu().numpy(), np.nan) for part in coefficients)
    return NeuronPhases(np.arctan2(b, a), np.hypot(a, b) * unit_in, np.arctan2(d, c), np.hypot(c, d) * unit_out)


def phase_agreement(phases: NeuronPhases, members: NDArray[np.bool_]) -> float | None:
    """Mean over some neurons of `cos(phase - output_phase)`: 1 if the phases are equal, about 0 if unrelated.

    None if no member has phases.
    """
    agreement = np.cos(phases.phase - phases.output_phase)[members]
    agreement = agreement[~np.isnan(agreement)]
    return float(agreement.mean()) if len(agreement) else None
