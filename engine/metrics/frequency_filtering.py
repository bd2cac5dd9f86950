"""Losses when each cluster is filtered to its key frequency, and when one cluster or the rest is removed.

These are the interventions of the study, for a network with a linear tail; `replaced_activations` has them for others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy
from engine.metrics.neuron_clusters import Cluster
from engine.metrics.neuron_spectra import NeuronSpectra
from engine.networks.fourier import block_components, fourier_basis
from engine.networks.network import Network
from engine.networks.overflow import require_finite
from engine.networks.task import answers


@dataclass(frozen=True)
class InterventionLosses:
    """Mean cross-entropy (nats) over all pairs, bias-corrected; the first two are None without key frequencies."""

    key_frequency_only_with_rest: float | None
    key_frequency_only_without_rest: float | None
    without_cluster: dict[int | None, float]  # by the cluster's frequency, None for the rest
    rerun: bool = False  # whether the replaced activations ran through the tail, which is not linear

    @staticmethod
    def of(losses: Sequence[float], groups: Sequence[Cluster], rerun: bool = False) -> InterventionLosses:
        """The losses with all parts, then without each group; the rest is the last group."""
        with_all, *without = losses
        without_cluster = {group.frequency: loss for group, loss in zip(groups, without, strict=True)}
        if len(groups) == 1:
            return InterventionLosses(None, None, without_cluster, rerun)
        return InterventionLosses(with_all, without_cluster[None], without_cluster, rerun)


def intervention_losses(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster], original_mean: Tensor
) -> InterventionLosses:
    """Filter each cluster to its key frequency, then compute the loss with all parts and without each of them.

    A cluster's activations, not centred, are projected on the 9 terms of block k (4 for k = p/2); the rest is not
    filtered. Bias correction then restores the mean logits. These are the interventions of the study.

    Args:
        network: a network with W_logit.
        spectra: the spectra of its activations ("post").
        groups: the clusters, with the rest last.
        original_mean: the mean over pairs of the network's logits. [z]

    Raises:
        OutOfRange: the weights are so large that a cluster's part of the logits overflows.
    """
    parts = frequency_parts(network, spectra, groups)
    means = torch.stack([part.mean for part in parts])  # [group, z]
    removed_mean = original_mean - means.sum(dim=0)  # [z]: the mean of the logits that no part contains
    losses = original_mean.new_zeros(1 + len(parts))  # with all parts, then without each of them
    right = answers(network.task, original_mean.device)  # [x, y]
    for x in network.slabs():
        logits_of_parts = [part.rows(x) for part in parts]
        total = torch.stack(logits_of_parts).sum(dim=0)
        losses[0] += cross_entropy(total + removed_mean, right[x]).sum()
        for index, logits in enumerate(logits_of_parts):
            losses[1 + index] += cross_entropy(total - logits + (removed_mean + means[index]), right[x]).sum()
    losses = require_finite("A loss under interventions", losses) / network.task.p**2
    return InterventionLosses.of(losses.tolist(), groups)


@dataclass(frozen=True, eq=False)
class FrequencyPart:
    """The logits of one cluster, filtered to its frequency."""

    frequency: int | None
    mean: Tensor  # [z], over all pairs; in float64
    waves: Tensor  # [term (constant, cos k, sin k), token]; no sine for k = p/2
    coefficients: Tensor  # [product of two waves, z]

    def rows(self, x: slice) -> Tensor:
        """The logits for a slab of x. [x, y, z]"""
        products = einsum(self.waves[:, x], self.waves, "term_x x, term_y y -> x y term_x term_y")
        return products.flatten(2) @ self.coefficients


@dataclass(frozen=True, eq=False)
class RestPart:
    """The logits of the neurons of the rest, not filtered."""

    frequency: None
    mean: Tensor  # [z], over all pairs; in float64
    network: Network
    members: Tensor  # [neuron of the rest]

    def rows(self, x: slice) -> Tensor:
        """The logits for a slab of x. [x, y, z]"""
        return self.network.post_rows(x, self.members) @ self.network.W_logit[self.members]


def frequency_parts(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster]
) -> list[FrequencyPart | RestPart]:
    """The logits of each cluster, filtered to its frequency, and of the rest, not filtered."""
    return [_part(network, spectra, group) for group in groups]


def _part(network: Network, spectra: NeuronSpectra, group: Cluster) -> FrequencyPart | RestPart:
    members = torch.from_numpy(group.neurons).to(network.device)
    p, k, W_logit = network.task.p, group.frequency, network.W_logit[members]
    constant = spectra.blocks[0, 0, 0, members].double()  # coefficients of the grid that is 1 / p everywhere
    mean = constant @ W_logit.double() / p
    if k is None:
        return RestPart(None, mean, network, members)
    # The projection commutes with W_logit: 9 coefficients for each answer, then 9 waves over the pairs.
    terms = block_components(k, p)
    block = spectra.blocks[k - 1][: len(terms), : len(terms), members]
    coefficients = einsum(block, W_logit, "term_x term_y neuron, neuron z -> term_x term_y z")
    waves = fourier_basis(p, W_logit.dtype, W_logit.device)[terms]
    return FrequencyPart(k, mean, waves, coefficients.flatten(0, 1))
