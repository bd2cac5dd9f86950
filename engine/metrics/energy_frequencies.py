"""Frequencies by energy: those that are strong in the logits, and those that are strong in the embedding.

Key frequencies are counted in neurons (`neuron_clusters.key_frequencies`). Studies without clusters of neurons report
frequencies by their energy instead; the rules differ for frequencies that only few neurons, or none, are tuned to.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.logit_sums import LogitSums
from engine.networks.fourier import dft1, frequency_energies
from engine.networks.overflow import require_finite

# The least share of the energy of a logit frequency, and of an embedding frequency in even shares.
_LOGIT_SHARE, _EVEN_SHARES = 0.01, 2.0


@dataclass(frozen=True)
class FrequencyEnergy:
    """A frequency and its share of an energy."""

    frequency: int
    energy: float  # share of all energy, 0 to 1


@dataclass(frozen=True)
class EnergyFrequencies:
    """The frequencies by both rules, ascending."""

    logits: tuple[FrequencyEnergy, ...] | None  # None for an operation without sum directions
    embedding: tuple[FrequencyEnergy, ...] | None  # None for a network without W_E

    @classmethod
    def of(cls, sums: LogitSums | None, W_E: Tensor | None) -> EnergyFrequencies:
        """The frequencies of a checkpoint, by its logits and its embedding."""
        return cls(
            None if sums is None else logit_frequencies(sums),
            None if W_E is None else embedding_frequencies(W_E),
        )


def logit_frequencies(sums: LogitSums) -> tuple[FrequencyEnergy, ...]:
    """The frequencies whose sum directions hold at least 1% of the energy of the logits, ascending.

    The energy is the sum of squares, over all pairs and answers, of the logits minus their mean over pairs for each
    answer. Empty if no logit varies over pairs. The sum directions are those of the paper (Nanda et al. 2023, section
    4); the threshold is a convention.
    """
    if not bool(sums.varies.any()):
        return ()
    return _at_least(_LOGIT_SHARE, logit_energies(sums))


def logit_energies(sums: LogitSums) -> Tensor:
    """Share of the energy of the logits on the sum directions of each frequency. [freq]"""
    on_directions = sums.coefficients(range(1, sums.p // 2 + 1)).square().sum(dim=(1, 2))
    return on_directions / sums.squares.sum()


def embedding_frequencies(W_E: Tensor) -> tuple[FrequencyEnergy, ...]:
    """The frequencies that hold at least twice an even share, 2/K, of the energy of the embedding, ascending.

    The energy is the sum of squares of W_E [token, d_model], over the p number tokens and all dimensions, without its
    mean over tokens; a frequency holds that of its cosine and sine. Empty if the embedding is the same for all tokens.
    The paper shows these energies (Nanda et al. 2023, section 4); the threshold is a convention.
    """
    components = require_finite("The embedding", dft1(W_E.double()))
    energy = frequency_energies(components).sum(dim=1)  # [freq]
    total, constant = energy.sum(), components[0].square().sum()
    if total <= (8 * torch.finfo(torch.float64).eps) ** 2 * constant:
        return ()
    return _at_least(_EVEN_SHARES / len(energy), energy / total)


def _at_least(share: float, energies: Tensor) -> tuple[FrequencyEnergy, ...]:
    """The frequencies with at least a share of the energy. [freq]"""
    by_frequency = enumerate(energies.tolist(), start=1)
    return tuple(FrequencyEnergy(k, energy) for k, energy in by_frequency if energy >= share)
