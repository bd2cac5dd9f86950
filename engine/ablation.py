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

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.folded import Folded, Mixture
from engine.fourier import answers, sum_coefficients
from engine.interventions import frequency_parts
from engine.losses import bias_corrected, sum_directions_only
from engine.neurons import Cluster
from engine.sweep import NeuronSpectra, sweep

Preset = Literal["key-frequencies", "key-frequencies-no-rest", "sum-directions"]
Fill = Literal["zero", "mean"]


@dataclass(frozen=True)
class Ablation:
    """What is out, and what stands in its place. By default nothing is out.

    Presets: `key-frequencies` keeps of each cluster that is in its 9 terms, the rest unfiltered and no direct path
    (with cluster k out it is the intervention "without cluster k"); `key-frequencies-no-rest` leaves out the rest,
    too; `sum-directions` projects the logits on the key frequencies' `cos, sin w_k(x + y)`
    (x - y where a run subtracts).
    """

    clusters: frozenset[int | None] = frozenset()  # by key frequency; None: the rest
    heads: frozenset[int] = frozenset()
    direct: bool = False  # the path around the MLP is out
    preset: Preset | None = None
    fill: Fill = "zero"

    @property
    def nothing(self) -> bool:
        """Whether the model is whole."""
        return not (self.clusters or self.heads or self.direct or self.preset)


def ablated_logits(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], keys: Sequence[int], ablation: Ablation
) -> Tensor:
    """Logits of every pair with parts knocked out; in float64 under a preset. [x, y, z]

    `folded`, the `spectra` of its activations (`post`) and the `groups` that these fall into are the whole model's;
    `keys` the key frequencies.
    """
    if ablation.preset in ("key-frequencies", "key-frequencies-no-rest"):
        return _key_frequencies(folded, spectra, groups, ablation)
    logits = knock_out(folded, spectra, groups, ablation).all_logits()
    if ablation.preset is None:
        return logits
    operation = folded.config.operation
    over_answers = sum_directions_only(logits, sum_coefficients(logits.double(), operation), keys)  # [s, z]
    return over_answers[answers(len(logits), operation, logits.device)]


def knock_out(folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation) -> Folded:
    """The model that is left when clusters, heads and the direct path are out, presets aside."""
    left = _without_heads(folded, ablation)
    if ablation.direct:
        nothing = left.to_direct.of_sources(lambda _: False)
        instead = folded.to_direct.mean() if ablation.fill == "mean" else folded.b_logit
        left = replace(left, to_direct=nothing.plus(instead))
    out = _members(groups, ablation.clusters)
    if len(out):
        stay = torch.from_numpy(np.setdiff1d(np.arange(len(folded.W_logit)), out)).to(folded.W_logit.device)
        left = replace(left, to_pre=left.to_pre.of_channels(stay), W_logit=left.W_logit[stay])
        if ablation.fill == "mean":
            left = replace(
                left, to_direct=left.to_direct.plus(_mean_post(spectra, folded.config.p)[out] @ folded.W_logit[out])
            )
    return left


def _without_heads(folded: Folded, ablation: Ablation) -> Folded:
    """The model with some heads' contributions to the residual stream replaced, wherever it is read."""

    def left_of(mixture: Mixture) -> Mixture:
        stays = mixture.of_sources(lambda head: head not in ablation.heads)
        if ablation.fill == "zero":
            return stays
        return stays.plus(mixture.of_sources(lambda head: head in ablation.heads).mean())

    if not ablation.heads:
        return folded
    return replace(folded, to_pre=left_of(folded.to_pre), to_direct=left_of(folded.to_direct))


def _key_frequencies(folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], ablation: Ablation) -> Tensor:
    """Clusters on their 9 terms, and the rest, where they are in; bias-corrected. [x, y, z]"""
    left = _without_heads(folded, ablation)
    if ablation.heads:
        spectra = sweep(left, logits=False).spectra
    parts = frequency_parts(left, spectra, groups)
    out = set(ablation.clusters) | ({None} if ablation.preset == "key-frequencies-no-rest" else set())
    kept = sum(parts.values(), start=torch.zeros_like(parts[None]))
    for frequency in out:
        kept -= parts[frequency]
    mean = left.to_direct.mean() + _mean_post(spectra, folded.config.p) @ left.W_logit
    return bias_corrected(kept, mean.double())


def _members(groups: Sequence[Cluster], frequencies: frozenset[int | None]) -> NDArray[np.int64]:
    """All neurons of some clusters. [neuron]"""
    return np.concatenate([np.empty(0, np.int64), *(g.neurons for g in groups if g.frequency in frequencies)])


def _mean_post(spectra: NeuronSpectra, p: int) -> Tensor:
    """Each neuron's mean activation over all pairs: its constant coefficient is p times that. [neuron]"""
    return spectra.blocks[0, 0, 0] / p
