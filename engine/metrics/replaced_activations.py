"""Replace the activations of some neurons, and run the tail of the network from them on.

So every intervention on neurons is defined for any network. Where the tail is linear, `frequency_filtering` computes
those of the study, from the clusters' parts of the logits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy
from engine.metrics.frequency_filtering import InterventionLosses, intervention_losses
from engine.metrics.logit_sums import LogitSums, Slab
from engine.metrics.neuron_clusters import Cluster
from engine.metrics.neuron_spectra import NeuronSpectra
from engine.networks.fourier import block_components, fourier_basis
from engine.networks.network import Network
from engine.networks.overflow import require_finite
from engine.networks.task import answers


@dataclass(frozen=True, eq=False)
class Constants:
    """Some neurons with constant activations."""

    neurons: Tensor  # [replaced neuron]
    values: Tensor  # [replaced neuron]

    def rows(self, x: slice) -> Tensor:
        """The activations for a slab of x, or what broadcasts to them. [replaced neuron]"""
        return self.values


@dataclass(frozen=True, eq=False)
class FilteredNeurons:
    """Some neurons with activations that are sums of products of a wave over x and a wave over y."""

    neurons: Tensor  # [replaced neuron]
    waves: Tensor  # [term (constant, cos k, sin k), token]; no sine for k = p/2
    coefficients: Tensor  # [term_x, term_y, replaced neuron]

    def rows(self, x: slice) -> Tensor:
        """The activations for a slab of x. [x, y, replaced neuron]"""
        over_y = einsum(self.waves, self.coefficients, "term_y y, term_x term_y neuron -> term_x y neuron")
        return einsum(self.waves[:, x], over_y, "term_x x, term_x y neuron -> x y neuron")


Replacement = Constants | FilteredNeurons


@dataclass(frozen=True, eq=False)
class ReplacedActivations:
    """A network with the activations of some neurons replaced."""

    network: Network
    replacements: Sequence[Replacement]

    def rows(self, x: slice) -> Tensor:
        """The logits for a slab of x. [x, y, z]"""
        return self.network.logits(x, _replaced(self.network.post_rows(x), x, self.replacements))

    def logit_slabs(self) -> Iterator[Slab]:
        """Slabs of x with their logits [x, y, z]."""
        for x in self.network.slabs():
            yield x, self.rows(x)


def _replaced(post: Tensor, x: slice, replacements: Sequence[Replacement]) -> Tensor:
    """Replace activations of a slab of x in place. [x, y, neuron]"""
    for replacement in replacements:
        post[..., replacement.neurons] = replacement.rows(x)
    return post


def mean_activations(spectra: NeuronSpectra, neurons: Tensor, p: int) -> Constants:
    """Some neurons with their mean activation over all pairs, from their constant coefficient (p times the mean)."""
    return Constants(neurons, spectra.blocks[0, 0, 0, neurons] / p)


def filtered_to_frequency(spectra: NeuronSpectra, neurons: Tensor, k: int, p: int) -> FilteredNeurons:
    """Some neurons with their activations, not centred, projected on the 9 terms of block k (4 for k = p/2)."""
    terms = block_components(k, p)
    block = spectra.blocks[k - 1][: len(terms), : len(terms), neurons]
    return FilteredNeurons(neurons, fourier_basis(p, block.dtype, block.device)[terms], block)


def losses_of_interventions(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster], sums: LogitSums
) -> InterventionLosses:
    """The interventions of the study: on the clusters' parts of the logits, or with a tail that is not linear rerun.

    `sums` are those of the network's logits.
    """
    if "W_logit" in network.parts:
        return intervention_losses(network, spectra, groups, sums.mean)
    return rerun_interventions(network, spectra, groups)


def rerun_interventions(network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster]) -> InterventionLosses:
    """The interventions of the study for a tail that is not linear: replaced activations run through the tail.

    Each cluster is filtered to its key frequency (`filtered_to_frequency`), the rest is not filtered; then, in turn,
    a cluster or the rest is replaced by its mean activations. There is no bias correction, and the path around the
    MLP stays.

    Args:
        network: the network.
        spectra: the spectra of its activations ("post").
        groups: the clusters, with the rest last.

    Raises:
        OutOfRange: the weights are so large that a loss overflows.
    """
    p = network.task.p
    members = [torch.from_numpy(group.neurons).to(network.device) for group in groups]
    filtered = [
        filtered_to_frequency(spectra, neurons, group.frequency, p)
        for group, neurons in zip(groups, members, strict=True)
        if group.frequency is not None
    ]
    losses = torch.zeros(1 + len(groups), dtype=torch.float64, device=network.device)
    right = answers(network.task, network.device)  # [x, y]
    for x in network.slabs():
        post = _replaced(network.post_rows(x), x, filtered)
        losses[0] += cross_entropy(network.logits(x, post), right[x]).sum()
        for index, neurons in enumerate(members):
            before = post[..., neurons]
            _replaced(post, x, [mean_activations(spectra, neurons, p)])
            losses[1 + index] += cross_entropy(network.logits(x, post), right[x]).sum()
            post[..., neurons] = before
    losses = require_finite("A loss under interventions", losses) / p**2
    return InterventionLosses.of(losses.tolist(), groups, rerun=True)
