"""What the explorer answers about a checkpoint and about one of its neurons: plain numbers and numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.metrics.logit_sums import LogitSums
from engine.metrics.losses import Scores
from engine.metrics.neuron_clusters import Neurons
from engine.metrics.neuron_spectra import NeuronSpectra

Grid = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EpochSummary:
    """What one sweep of a checkpoint says: its neurons, their spectra, its loss, its logits' sums."""

    neurons: Neurons
    spectra: NeuronSpectra
    losses: Scores
    logit_sums: LogitSums


@dataclass(frozen=True, eq=False)
class NeuronFacts:
    """One neuron of one checkpoint; None where a dead neuron has no such figure."""

    neuron: int
    frequency: int | None
    cluster: int | None  # the key frequency of its cluster, None for the rest
    share: float | None
    variance_explained: float | None
    fraction_active: float


@dataclass(frozen=True, eq=False)
class NeuronActivation:
    """A neuron over all pairs."""

    facts: NeuronFacts
    pre: Grid  # [x, y]
    post: Grid  # [x, y]


@dataclass(frozen=True, eq=False)
class NeuronSpectrum:
    """A neuron's post activations in the 2-D Fourier basis, centred."""

    facts: NeuronFacts
    spectrum: Grid  # [component_x, component_y]
    energy: Grid  # [freq], E_1 .. E_K
