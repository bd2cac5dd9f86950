"""The expensive answers about one checkpoint, computed once and cached, least recently used first out."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from einops import rearrange
from torch import Tensor

from engine.caching import ByteLimitedCache
from engine.explorer.answers import Activations, EpochSummary, Grid
from engine.explorer.checkpoint_networks import CheckpointNetworks
from engine.metrics.losses import score
from engine.metrics.neuron_clusters import clusters
from engine.metrics.neuron_spectra import NeuronSpectra, compute_spectra
from engine.networks.fourier import dft2
from engine.networks.split import Split
from engine.runs.run import Checkpoint

if TYPE_CHECKING:
    from engine.metrics.energy_frequencies import EnergyFrequencies
    from engine.metrics.frequency_filtering import InterventionLosses

# Byte limits of the caches: about 110 summaries of the study's network, at least one of the largest network.
_SUMMARY_BYTES, _SPECTRUM_BYTES, _GRID_BYTES = 128 << 20, 16 << 20, 4 << 20


class CheckpointAnswers:
    """Answers about the checkpoints of one run; `keys` define the clusters.

    - `summary(checkpoint, split)`: the results of one pass over all pairs.
    - `grids(checkpoint, neuron)`: a neuron before and after the nonlinearity. [x, y] each
    - `spectrum(checkpoint, neuron)`: a neuron's centred activations. [component_x, component_y]
    - `activations(checkpoint, neurons)`: of some neurons over all pairs.
    - `pre_spectra(checkpoint)`: the spectra of the pre-activations.
    - `mean_spectra(checkpoint, keys, split)`: of each cluster; None if it is empty. [component_x, component_y] each
    - `interventions(checkpoint, keys, split)`: losses; only for a task with sum directions.
    - `energy_frequencies(checkpoint, split)`: those that are strong in the logits and in the embedding.
    """

    def __init__(self, networks: CheckpointNetworks) -> None:
        self._networks = networks
        self.summary = ByteLimitedCache(self._summary, _SUMMARY_BYTES)
        self.grids = ByteLimitedCache(self._grids, _GRID_BYTES)
        self.spectrum = ByteLimitedCache(self._spectrum, _SPECTRUM_BYTES)
        self.activations = ByteLimitedCache(self._activations, _SPECTRUM_BYTES)
        self.pre_spectra = ByteLimitedCache(self._pre_spectra, _SPECTRUM_BYTES)
        self.mean_spectra = ByteLimitedCache(self._mean_spectra, _SPECTRUM_BYTES)
        self.interventions = lru_cache(maxsize=256)(self._interventions)
        self.energy_frequencies = lru_cache(maxsize=256)(self._energy_frequencies)

    @torch.no_grad()
    def _summary(self, checkpoint: Checkpoint, split: Split | None) -> EpochSummary:
        order = self._networks.order
        summary = EpochSummary.of(self._networks.network(checkpoint), order.split(split))
        if order.natural:
            return summary
        return replace(summary, losses=score(self._networks.read_losses(checkpoint), split))

    @torch.no_grad()
    def _grids(self, checkpoint: Checkpoint, neuron: int) -> tuple[Tensor, Tensor]:
        network = self._networks.network(checkpoint)
        return network.pre(neuron), network.post(neuron)

    @torch.no_grad()
    def _spectrum(self, checkpoint: Checkpoint, neuron: int) -> Tensor:
        _, grid = self.grids(checkpoint, neuron)
        return dft2(grid - grid.mean())

    @torch.no_grad()
    def _activations(self, checkpoint: Checkpoint, neurons: tuple[int, ...]) -> Activations:
        network = self._networks.network(checkpoint)
        indices = torch.tensor(neurons, dtype=torch.int64, device=self._networks.device)
        slabs = [network.post_rows(x, indices) for x in network.slabs()]
        return Activations(neurons, rearrange(torch.cat(slabs), "x y neuron -> neuron x y").double().cpu().numpy())

    @torch.no_grad()
    def _pre_spectra(self, checkpoint: Checkpoint) -> NeuronSpectra:
        return compute_spectra(self._networks.network(checkpoint), "pre").spectra

    @torch.no_grad()
    def _mean_spectra(
        self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None
    ) -> tuple[Grid | None, ...]:
        from engine.metrics.circuits import mean_spectrum

        network, neurons = self._networks.network(checkpoint), self.summary(checkpoint, split).neurons
        device = self._networks.device
        members = (torch.from_numpy(cluster.neurons).to(device) for cluster in clusters(neurons, keys))
        return tuple(
            mean_spectrum(network, indices).double().cpu().numpy() if len(indices) else None for indices in members
        )

    @torch.no_grad()
    def _interventions(self, checkpoint: Checkpoint, keys: tuple[int, ...], split: Split | None) -> InterventionLosses:
        from engine.metrics.replaced_activations import losses_of_interventions

        network, summary = self._networks.network(checkpoint), self.summary(checkpoint, split)
        assert summary.logit_sums is not None
        return losses_of_interventions(network, summary.spectra, clusters(summary.neurons, keys), summary.logit_sums)

    @torch.no_grad()
    def _energy_frequencies(self, checkpoint: Checkpoint, split: Split | None) -> EnergyFrequencies:
        from engine.metrics.energy_frequencies import EnergyFrequencies

        W_E = self._networks.embedding(checkpoint) if "W_E" in self._networks.config.parts else None
        return EnergyFrequencies.of(self.summary(checkpoint, split).logit_sums, W_E)
