"""The network with parts ablated: clusters, the rest, attention heads, the direct path around the MLP.

An ablated part is replaced by zero (zero ablation) or by its mean over all pairs in the original network (mean
ablation):

- a cluster, or the rest: the activations of its neurons;
- a head: its contribution to the residual stream, with its value bias; b_O is not ablated;
- the direct path: the contribution of the residual stream after attention to the logits, around the MLP; the biases
  after the MLP are not ablated.

Clusters are those of the original network. A preset then restricts the remaining logits further; it replaces what it
removes by the mean over pairs, as `frequency_filtering` and `trig_loss` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.ablation_spec import Ablation
from engine.metrics.frequency_filtering import FrequencyPart, RestPart, frequency_parts
from engine.metrics.logit_sums import Slab, read_logits
from engine.metrics.neuron_clusters import Cluster
from engine.metrics.neuron_spectra import NeuronSpectra, compute_spectra
from engine.metrics.trig_loss import sum_directions_only
from engine.networks.folded import Folded, Mixture
from engine.networks.task import answers


@dataclass(frozen=True, eq=False)
class AblatedNetwork:
    """An ablated network; `source` computes its logits for rows of x."""

    folded: Folded  # without the ablated parts; with a preset, only its slabs are used
    source: _NoPreset | _KeyFrequencies | _SumDirections

    def logit_slabs(self) -> Iterator[Slab]:
        """The logits of all pairs, a slab of x at a time; float64 with a preset. [x, y, z] each"""
        for x in self.folded.slabs():
            yield x, self.source.rows(x)

    def logits_for_pair(self, x: int, y: int) -> Tensor:
        """The logits of one pair. [z]"""
        return self.source.rows(slice(x, x + 1))[0, y]


def ablate(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], keys: Sequence[int], ablation: Ablation
) -> AblatedNetwork:
    """Ablate parts of a network.

    Args:
        folded: the original network.
        spectra: the spectra of its activations ("post").
        groups: its clusters, with the rest last.
        keys: the key frequencies.
        ablation: the parts to ablate.
    """
    if ablation.preset in ("key-frequencies", "key-frequencies-no-rest"):
        return AblatedNetwork(folded, _key_frequencies(folded, spectra, groups, ablation))
    remaining = remove_parts(folded, spectra, groups, ablation)
    if ablation.preset is None:
        return AblatedNetwork(remaining, _NoPreset(remaining))
    task = folded.config.task
    by_answer = sum_directions_only(read_logits(remaining.logit_slabs(), task).sums(), keys)  # [s, z]
    return AblatedNetwork(remaining, _SumDirections(by_answer, answers(task, by_answer.device)))


@dataclass(frozen=True, eq=False)
class _NoPreset:
    folded: Folded

    def rows(self, x: slice) -> Tensor:
        return self.folded.logits(x, self.folded.post_rows(x))


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


def remove_parts(folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation) -> Folded:
    """The network without the ablated clusters, heads and direct path; presets are not applied."""
    remaining = _without_heads(folded, ablation)
    if ablation.direct:
        empty = remaining.to_direct.select_sources(lambda _: False)
        fill = folded.to_direct.mean() if ablation.fill == "mean" else folded.b_logit
        remaining = replace(remaining, to_direct=empty.add_constant(fill))
    ablated = _members(groups, ablation.clusters)
    if len(ablated):
        others = torch.from_numpy(np.setdiff1d(np.arange(len(folded.W_logit)), ablated)).to(folded.W_logit.device)
        remaining = replace(
            remaining, to_pre=remaining.to_pre.select_channels(others), W_logit=remaining.W_logit[others]
        )
        if ablation.fill == "mean":
            mean_logits = _mean_post(spectra, folded.config.p)[ablated] @ folded.W_logit[ablated]
            remaining = replace(remaining, to_direct=remaining.to_direct.add_constant(mean_logits))
    return remaining


def _without_heads(folded: Folded, ablation: Ablation) -> Folded:
    """Ablate heads: replace their contribution to the residual stream, both for the MLP and for the direct path."""

    def without_heads(mixture: Mixture) -> Mixture:
        others = mixture.select_sources(lambda head: head not in ablation.heads)
        if ablation.fill == "zero":
            return others
        return others.add_constant(mixture.select_sources(lambda head: head in ablation.heads).mean())

    if not ablation.heads:
        return folded
    return replace(folded, to_pre=without_heads(folded.to_pre), to_direct=without_heads(folded.to_direct))


def _key_frequencies(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation
) -> _KeyFrequencies:
    remaining = _without_heads(folded, ablation)
    if ablation.heads:
        spectra = compute_spectra(remaining).spectra
    ablated = set(ablation.clusters) | ({None} if ablation.preset == "key-frequencies-no-rest" else set())
    parts = tuple(part for part in frequency_parts(remaining, spectra, groups) if part.frequency not in ablated)
    mean = (remaining.to_direct.mean() + _mean_post(spectra, folded.config.p) @ remaining.W_logit).double()
    return _KeyFrequencies(parts, mean - sum(part.mean for part in parts))


def _members(groups: Sequence[Cluster], frequencies: frozenset[int | None]) -> NDArray[np.int64]:
    """The neurons of some clusters. [neuron]"""
    return np.concatenate([np.empty(0, np.int64), *(g.neurons for g in groups if g.frequency in frequencies)])


def _mean_post(spectra: NeuronSpectra, p: int) -> Tensor:
    """The mean activation of each neuron over all pairs, from its constant coefficient (p times the mean). [neuron]"""
    return spectra.blocks[0, 0, 0] / p
