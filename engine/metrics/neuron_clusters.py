"""The frequency of each neuron, and the clusters of neurons that share a key frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.metrics.neuron_spectra import NeuronSpectra

SHARE_THRESHOLD = 0.85
# A neuron with this share has committed to its frequency.
COMMITTED_SHARE = 0.70


@dataclass(frozen=True, eq=False)
class Neurons:
    """Frequency, share and activity of each neuron at one checkpoint.

    A dead neuron (constant over all pairs) has frequency 0, and NaN as its share and variance explained.
    """

    frequency: NDArray[np.int64]  # [neuron]: argmax_k E_k, from 1
    share: NDArray[np.float64]  # [neuron]: max_k E_k / sum_k E_k, the study's "frac explained"
    variance_explained: NDArray[np.float64]  # [neuron]: max_k E_k / centred energy, the paper's definition
    fraction_active: NDArray[np.float64]  # [neuron]: share of the pairs with pre-activation > 0

    def tuned(self) -> NDArray[np.bool_]:
        """Neurons whose share reaches the threshold. [neuron]"""
        return np.nan_to_num(self.share, nan=0.0) >= SHARE_THRESHOLD

    def committed(self) -> NDArray[np.bool_]:
        """Neurons whose share is at least 0.70. [neuron]"""
        return np.nan_to_num(self.share, nan=0.0) >= COMMITTED_SHARE


@dataclass(frozen=True, eq=False)
class Cluster:
    """The neurons tuned to one key frequency, or the rest (frequency None); means over them, None if undefined."""

    frequency: int | None
    neurons: NDArray[np.int64]  # ascending
    share_mean: float | None
    variance_explained_mean: float | None
    fraction_active_mean: float | None


def describe_neurons(spectra: NeuronSpectra) -> Neurons:
    """Frequency, share, variance explained and fraction active of every neuron, from the spectra of its activations."""
    energy = spectra.block_energy.double().cpu().numpy()  # [freq, neuron]
    total = spectra.energy.double().cpu().numpy()
    largest, over_blocks = energy.max(axis=0), energy.sum(axis=0)
    alive = (over_blocks > 0) & spectra.varies.cpu().numpy()
    undefined = np.full_like(largest, np.nan)
    return Neurons(
        frequency=np.where(alive, energy.argmax(axis=0) + 1, 0),
        share=np.divide(largest, over_blocks, out=undefined.copy(), where=alive),
        variance_explained=np.divide(largest, total, out=undefined.copy(), where=alive),
        fraction_active=spectra.fraction_active.double().cpu().numpy(),
    )


def key_frequencies(neurons: Neurons) -> tuple[int, ...]:
    """The frequencies to which at least max(2, 1% of d_mlp) neurons are tuned, ascending."""
    tuned = neurons.frequency[neurons.tuned()]
    frequencies, counts = np.unique(tuned, return_counts=True)
    minimum = max(2.0, 0.01 * len(neurons.frequency))
    return tuple(int(frequency) for frequency in frequencies[counts >= minimum])


@dataclass(frozen=True)
class FrequencyCount:
    """How many neurons have a frequency with a share of at least 0.85 (tuned), and of at least 0.70 (committed)."""

    frequency: int
    tuned: int
    committed: int


def count_by_frequency(neurons: Neurons) -> tuple[FrequencyCount, ...]:
    """The frequencies that some neuron is committed to, ascending."""
    tuned, committed = neurons.frequency[neurons.tuned()], neurons.frequency[neurons.committed()]
    found, counts = np.unique(committed, return_counts=True)
    return tuple(
        FrequencyCount(int(k), int((tuned == k).sum()), int(count)) for k, count in zip(found, counts, strict=True)
    )


def membership(neurons: Neurons, keys: Sequence[int]) -> NDArray[np.int64]:
    """The key frequency of each neuron's cluster, 0 for the rest. [neuron]"""
    return np.where(neurons.tuned() & np.isin(neurons.frequency, keys), neurons.frequency, 0)


def clusters(neurons: Neurons, keys: Sequence[int]) -> tuple[Cluster, ...]:
    """One cluster for each key frequency, in the given order, then the rest."""
    cluster_of = membership(neurons, keys)
    return tuple(
        _cluster(neurons, frequency or None, np.flatnonzero(cluster_of == frequency)) for frequency in [*keys, 0]
    )


def _cluster(neurons: Neurons, frequency: int | None, members: NDArray[np.int64]) -> Cluster:
    return Cluster(
        frequency=frequency,
        neurons=members,
        share_mean=_mean(neurons.share[members]),
        variance_explained_mean=_mean(neurons.variance_explained[members]),
        fraction_active_mean=_mean(neurons.fraction_active[members]),
    )


def _mean(values: NDArray[np.float64]) -> float | None:
    """Mean of the values that are not NaN; None if all are."""
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) else None
