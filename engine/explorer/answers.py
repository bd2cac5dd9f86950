"""The explorer's answers about a checkpoint and about one neuron: plain numbers and numpy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from engine.metrics.logit_sums import LogitReader, LogitSums
from engine.metrics.losses import Scores, reader_for, score
from engine.metrics.neuron_clusters import Neurons, describe_neurons, membership
from engine.metrics.neuron_spectra import NeuronSpectra, compute_spectra
from engine.networks.network import Network
from engine.networks.split import Split

Grid = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EpochSummary:
    """The results of one pass over all pairs of a checkpoint."""

    neurons: Neurons
    spectra: NeuronSpectra
    losses: Scores  # over all p^2 pairs
    losses_in_order: Scores  # over the pairs of the token order: the same, unless the operation is multiply or divide
    logit_sums: LogitSums | None  # None for an operation without sum directions

    @classmethod
    def of(cls, network: Network, split: Split | None) -> EpochSummary:
        """Run all pairs of a network once."""
        reader = reader_for(network.task, network.device)
        spectra = compute_spectra(network, read=reader.read).spectra
        losses = score(reader, split)
        sums = reader.sums() if isinstance(reader, LogitReader) else None
        return cls(describe_neurons(spectra), spectra, losses, losses, sums)

    @cached_property
    def strength(self) -> NDArray[np.float64]:
        """The energy of each neuron at its frequency, max_k E_k. [neuron]"""
        strength: NDArray[np.float64] = self.spectra.block_energy.amax(dim=0).cpu().numpy()
        return strength


@dataclass(frozen=True, eq=False)
class NeuronFacts:
    """One neuron of one checkpoint; the optional fields of a dead neuron are None."""

    neuron: int
    frequency: int | None
    cluster: int | None  # the key frequency of its cluster; None for the rest
    share: float | None
    variance_explained: float | None
    fraction_active: float

    @classmethod
    def of(cls, neurons: Neurons, neuron: int, keys: Sequence[int]) -> NeuronFacts:
        """One of the neurons; `keys` define the clusters."""
        return cls(
            neuron=neuron,
            frequency=int(neurons.frequency[neuron]) or None,
            cluster=int(membership(neurons, keys)[neuron]) or None,
            share=none_if_nan(neurons.share[neuron]),
            variance_explained=none_if_nan(neurons.variance_explained[neuron]),
            fraction_active=float(neurons.fraction_active[neuron]),
        )


@dataclass(frozen=True, eq=False)
class NeuronActivation:
    """A neuron over all pairs, before and after the nonlinearity."""

    facts: NeuronFacts
    pre: Grid  # [x, y]
    post: Grid  # [x, y]


@dataclass(frozen=True, eq=False)
class Activations:
    """Some neurons over all pairs, after the nonlinearity."""

    neurons: tuple[int, ...]
    post: Grid  # [neuron, x, y]


@dataclass(frozen=True, eq=False)
class NeuronSpectrum:
    """A neuron's centred activations in the 2-D Fourier basis."""

    facts: NeuronFacts
    spectrum: Grid  # [component_x, component_y]
    energy: Grid  # [freq], E_1 .. E_K
