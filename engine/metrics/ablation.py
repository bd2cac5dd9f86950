"""The model with parts knocked out: clusters, the rest, attention heads, the path around the MLP.

What a part sends is replaced by nothing (`zero`) or by its mean over all pairs in the whole model (`mean`):

- a cluster, or the rest: its neurons' activations behind the nonlinearity;
- a head: what it adds to the residual stream, its value bias included; b_O stays;
- the direct path: what the residual stream after attention writes to the logits around the MLP; the biases behind
  the MLP stay.

Clusters are those of the whole model. A preset then keeps less still of what is there, and what it takes away it
replaces by the mean over pairs, as everywhere (`interventions`, `losses.trig_loss`).
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
from engine.metrics.losses import sum_directions_only
from engine.metrics.neuron_clusters import Cluster
from engine.metrics.neuron_spectra import NeuronSpectra, compute_spectra
from engine.networks.folded import Folded, Mixture
from engine.networks.task import answers


@dataclass(frozen=True, eq=False)
class AblatedNetwork:
    """The logits that are left, for the rows of x that are asked for: `source` says how they come about."""

    folded: Folded  # the model without what is knocked out; where a preset keeps less, for its slabs alone
    source: _Whole | _KeyFrequencies | _SumDirections

    def logit_slabs(self) -> Iterator[Slab]:
        """All pairs, a slab of x at a time; in float64 under a preset. [x, y, z]"""
        for x in self.folded.slabs():
            yield x, self.source.rows(x)

    def logits_for_pair(self, x: int, y: int) -> Tensor:
        """[z]"""
        return self.source.rows(slice(x, x + 1))[0, y]


def ablate(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], keys: Sequence[int], ablation: Ablation
) -> AblatedNetwork:
    """The model with parts knocked out.

    `folded`, the `spectra` of its activations (`post`) and the `groups` that these fall into are the whole model's;
    `keys` the key frequencies.
    """
    if ablation.preset in ("key-frequencies", "key-frequencies-no-rest"):
        return AblatedNetwork(folded, _key_frequencies(folded, spectra, groups, ablation))
    left = remove_parts(folded, spectra, groups, ablation)
    if ablation.preset is None:
        return AblatedNetwork(left, _Whole(left))
    p, operation = folded.config.p, folded.config.operation
    over_answers = sum_directions_only(read_logits(left.logit_slabs(), p, operation).sums(), keys)  # [s, z]
    return AblatedNetwork(left, _SumDirections(over_answers, answers(p, operation, over_answers.device)))


@dataclass(frozen=True, eq=False)
class _Whole:
    folded: Folded

    def rows(self, x: slice) -> Tensor:
        return self.folded.logits(x, self.folded.post_rows(x))


@dataclass(frozen=True, eq=False)
class _KeyFrequencies:
    """Clusters on their 9 terms, and the rest, where they are in; bias-corrected."""

    parts: tuple[FrequencyPart | RestPart, ...]
    constant: Tensor  # [z]: the mean over pairs of all that is not in the parts

    def rows(self, x: slice) -> Tensor:
        p = self.constant.shape[0]
        kept = self.constant.expand(len(range(p)[x]), p, p)
        return sum((part.rows(x) for part in self.parts), start=kept)


@dataclass(frozen=True, eq=False)
class _SumDirections:
    over_answers: Tensor  # [s, z]
    answers: Tensor  # [x, y]

    def rows(self, x: slice) -> Tensor:
        return self.over_answers[self.answers[x]]


def remove_parts(folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation) -> Folded:
    """The model that is left when clusters, heads and the direct path are out, presets aside."""
    left = _without_heads(folded, ablation)
    if ablation.direct:
        nothing = left.to_direct.select_sources(lambda _: False)
        instead = folded.to_direct.mean() if ablation.fill == "mean" else folded.b_logit
        left = replace(left, to_direct=nothing.add_constant(instead))
    out = _members(groups, ablation.clusters)
    if len(out):
        stay = torch.from_numpy(np.setdiff1d(np.arange(len(folded.W_logit)), out)).to(folded.W_logit.device)
        left = replace(left, to_pre=left.to_pre.select_channels(stay), W_logit=left.W_logit[stay])
        if ablation.fill == "mean":
            left = replace(
                left,
                to_direct=left.to_direct.add_constant(_mean_post(spectra, folded.config.p)[out] @ folded.W_logit[out]),
            )
    return left


def _without_heads(folded: Folded, ablation: Ablation) -> Folded:
    """The model with some heads' contributions to the residual stream replaced, wherever it is read."""

    def left_of(mixture: Mixture) -> Mixture:
        stays = mixture.select_sources(lambda head: head not in ablation.heads)
        if ablation.fill == "zero":
            return stays
        return stays.add_constant(mixture.select_sources(lambda head: head in ablation.heads).mean())

    if not ablation.heads:
        return folded
    return replace(folded, to_pre=left_of(folded.to_pre), to_direct=left_of(folded.to_direct))


def _key_frequencies(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation
) -> _KeyFrequencies:
    left = _without_heads(folded, ablation)
    if ablation.heads:
        spectra = compute_spectra(left).spectra
    out = set(ablation.clusters) | ({None} if ablation.preset == "key-frequencies-no-rest" else set())
    parts = tuple(part for part in frequency_parts(left, spectra, groups) if part.frequency not in out)
    mean = (left.to_direct.mean() + _mean_post(spectra, folded.config.p) @ left.W_logit).double()
    return _KeyFrequencies(parts, mean - sum(part.mean for part in parts))


def _members(groups: Sequence[Cluster], frequencies: frozenset[int | None]) -> NDArray[np.int64]:
    """All neurons of some clusters. [neuron]"""
    return np.concatenate([np.empty(0, np.int64), *(g.neurons for g in groups if g.frequency in frequencies)])


def _mean_post(spectra: NeuronSpectra, p: int) -> Tensor:
    """Each neuron's mean activation over all pairs: its constant coefficient is p times that. [neuron]"""
    return spectra.blocks[0, 0, 0] / p
