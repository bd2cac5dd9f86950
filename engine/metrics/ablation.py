"""The network with parts ablated: clusters, the rest, attention heads, the direct path around the MLP.

An ablated part is replaced by zero (zero ablation) or by its mean over all pairs in the original network (mean
ablation):

- a cluster, or the rest: the activations of its neurons;
- a head: its contribution to the residual stream, with its value bias; b_O is not ablated;
- the direct path: the contribution of the residual stream after attention to the logits, around the MLP; the biases
  after the MLP are not ablated.

Clusters are those of the original network. A preset then restricts the remaining logits further. Where the tail is
linear it replaces what it removes by the mean over pairs, as `frequency_filtering` and `trig_loss` do. Any other tail
is rerun from the replaced activations on (`replaced_activations`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.metrics.ablation_spec import Ablation
from engine.metrics.frequency_filtering import FrequencyPart, RestPart, frequency_parts
from engine.metrics.logit_sums import Slab, read_logits
from engine.metrics.neuron_clusters import Cluster
from engine.metrics.neuron_spectra import NeuronSpectra, compute_spectra
from engine.metrics.replaced_activations import (
    Constants,
    ReplacedActivations,
    Replacement,
    filtered_to_frequency,
    mean_activations,
)
from engine.metrics.trig_loss import sum_directions_only
from engine.networks.folded import Folded
from engine.networks.network import Network
from engine.networks.task import answers


@dataclass(frozen=True, eq=False)
class AblatedNetwork:
    """An ablated network; `source` computes its logits for rows of x."""

    network: Network  # only its slabs are used
    source: _NothingReplaced | ReplacedActivations | _KeyFrequencies | _SumDirections

    def logit_slabs(self) -> Iterator[Slab]:
        """The logits of all pairs, a slab of x at a time; float64 with some presets. [x, y, z] each"""
        for x in self.network.slabs():
            yield x, self.source.rows(x)

    def logits_for_pair(self, x: int, y: int) -> Tensor:
        """The logits of one pair. [z]"""
        return self.source.rows(slice(x, x + 1))[0, y]


def ablate(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster], keys: Sequence[int], ablation: Ablation
) -> AblatedNetwork:
    """Ablate parts of a network.

    Args:
        network: the original network.
        spectra: the spectra of its activations ("post").
        groups: its clusters, with the rest last.
        keys: the key frequencies.
        ablation: the parts to ablate.

    Raises:
        MissingPart: the network has no heads, or no path around the MLP.
    """
    if ablation.preset in ("key-frequencies", "key-frequencies-no-rest"):
        linear = "W_logit" in network.parts
        filtered = _key_frequencies if linear else _key_frequencies_rerun
        return AblatedNetwork(network, filtered(network, spectra, groups, ablation))
    remaining = _remove_parts(network, spectra, groups, ablation)
    if ablation.preset is None:
        return AblatedNetwork(network, remaining)
    slabs = ((x, remaining.rows(x)) for x in network.slabs())
    by_answer = sum_directions_only(read_logits(slabs, network.task).sums(), keys)  # [s, z]
    return AblatedNetwork(network, _SumDirections(by_answer, answers(network.task, by_answer.device)))


@dataclass(frozen=True, eq=False)
class _NothingReplaced:
    network: Network

    def rows(self, x: slice) -> Tensor:
        return self.network.logits(x, self.network.post_rows(x))


@dataclass(frozen=True, eq=False)
class _KeyFrequencies:
    """The filtered clusters and the rest, without those that are ablated; bias-corrected."""

    parts: tuple[FrequencyPart | RestPart, ...]
    constant: Tensor  # [z]: the mean over pairs of the logits that no part contains

    def rows(self, x: slice) -> Tensor:
        p = self.constant.shape[0]
        constant = self.constant.expand(len(range(p)[x]), p, p)
        return sum((part.rows(x) for part in self.parts), start=constant)


@dataclass(frozen=True, eq=False)
class _SumDirections:
    by_answer: Tensor  # [s, z]
    answers: Tensor  # [x, y]

    def rows(self, x: slice) -> Tensor:
        return self.by_answer[self.answers[x]]


def _remove_parts(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation
) -> _NothingReplaced | ReplacedActivations:
    """The network without the ablated clusters, heads and direct path; presets are not applied."""
    remaining = network
    if ablation.heads or ablation.direct:
        remaining = network.without(ablation.heads, ablation.direct, ablation.fill)
    ablated = _members(groups, ablation.clusters).to(network.device)
    if not len(ablated):
        return _NothingReplaced(remaining)
    means = mean_activations(spectra, ablated, network.task.p)
    if isinstance(remaining, Folded):  # the other neurons alone are computed
        return _NothingReplaced(remaining.without_neurons(ablated, means.values if ablation.fill == "mean" else None))
    zeros = Constants(ablated, torch.zeros_like(means.values))
    return ReplacedActivations(remaining, [means if ablation.fill == "mean" else zeros])


def _key_frequencies(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation
) -> _KeyFrequencies:
    """The clusters' parts of the logits, for a network with W_logit."""
    remaining, spectra = _without_heads(network, spectra, ablation)
    parts = tuple(
        part for part in frequency_parts(remaining, spectra, groups) if part.frequency not in _removed(ablation)
    )
    mean = _mean_logits(remaining, spectra)
    return _KeyFrequencies(parts, mean - sum(part.mean for part in parts))


def _key_frequencies_rerun(
    network: Network, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation
) -> ReplacedActivations:
    """Clusters filtered to their frequency, ablated ones at their mean, and the tail of the network rerun."""
    remaining, spectra = _without_heads(network, spectra, ablation)
    if ablation.direct:
        remaining = remaining.without(frozenset(), True, ablation.fill)
    p = network.task.p
    replacements: list[Replacement] = []
    for group in groups:
        neurons = torch.from_numpy(group.neurons).to(network.device)
        if group.frequency in _removed(ablation):
            replacements.append(mean_activations(spectra, neurons, p))
        elif group.frequency is not None:
            replacements.append(filtered_to_frequency(spectra, neurons, group.frequency, p))
    return ReplacedActivations(remaining, replacements)


def _without_heads(network: Network, spectra: NeuronSpectra, ablation: Ablation) -> tuple[Network, NeuronSpectra]:
    """The network without the ablated heads, and the spectra of its activations."""
    if not ablation.heads:
        return network, spectra
    remaining = network.without(ablation.heads, False, ablation.fill)
    return remaining, compute_spectra(remaining).spectra


def _removed(ablation: Ablation) -> frozenset[int | None]:
    """The clusters that a preset for key frequencies leaves out; None is the rest."""
    return ablation.clusters | ({None} if ablation.preset == "key-frequencies-no-rest" else set())


def _mean_logits(network: Network, spectra: NeuronSpectra) -> Tensor:
    """The mean logits over all pairs, in float64. [z]"""
    if isinstance(network, Folded):  # without a pass over the pairs
        return (network.to_direct.mean() + spectra.blocks[0, 0, 0] / network.task.p @ network.W_logit).double()
    return read_logits(network.logit_slabs(), network.task).sums().mean


def _members(groups: Sequence[Cluster], frequencies: frozenset[int | None]) -> Tensor:
    """The neurons of some clusters. [neuron]"""
    return torch.from_numpy(
        np.concatenate([np.empty(0, np.int64), *(g.neurons for g in groups if g.frequency in frequencies)])
    )
