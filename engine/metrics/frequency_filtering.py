"""What happens to the loss when clusters are reduced to their frequency, or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Tensor

from engine.metrics.losses import cross_entropy
from engine.metrics.neuron_clusters import Cluster
from engine.metrics.neuron_spectra import NeuronSpectra
from engine.networks.folded import Folded
from engine.networks.fourier import block_components, fourier_basis
from engine.networks.overflow import require_finite


@dataclass(frozen=True)
class InterventionLosses:
    """Losses over all pairs, each bias-corrected; "rest" is the cluster whose frequency is None.

    Without key frequencies there is nothing to reduce to them: None.
    """

    key_frequency_only_with_rest: float | None
    key_frequency_only_without_rest: float | None
    without_cluster: dict[int | None, float]  # each cluster's frequency: the loss without that cluster's part


def intervention_losses(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], original_mean: Tensor
) -> InterventionLosses:
    """Keep of each cluster only its uncentred post activations' 9 terms at its frequency; the rest unfiltered.

    `spectra` are those of `post`; `groups` the clusters with the rest last; `original_mean` [z] is the mean over
    inputs of the whole logits, which bias correction restores.

    Raises:
        OutOfRange: weights so large that what a cluster writes overflows.
    """
    parts = frequency_parts(folded, spectra, groups)
    means = torch.stack([part.mean for part in parts])  # [group, z]
    removed = original_mean - means.sum(dim=0)  # [z]: the mean of what is not in any part
    losses = original_mean.new_zeros(1 + len(parts))  # with all parts, then without each
    operation = folded.config.operation
    for x in folded.slabs():
        written = [part.rows(x) for part in parts]
        everything = torch.stack(written).sum(dim=0)
        losses[0] += cross_entropy(everything + removed, operation, x).sum()
        for index, rows in enumerate(written):
            losses[1 + index] += cross_entropy(everything - rows + (removed + means[index]), operation, x).sum()
    with_all, *without = (require_finite("A loss under interventions", losses) / folded.config.p**2).tolist()
    without_cluster = {group.frequency: loss for group, loss in zip(groups, without, strict=True)}
    if len(groups) == 1:
        return InterventionLosses(None, None, without_cluster)
    return InterventionLosses(with_all, without_cluster[None], without_cluster)


@dataclass(frozen=True, eq=False)
class FrequencyPart:
    """What a cluster writes to the logits with its frequency alone."""

    frequency: int | None
    mean: Tensor  # [z], over all pairs; in float64
    waves: Tensor  # [3, token]: constant, cos, sin
    answers: Tensor  # [9, z]: of their products over the pairs

    def rows(self, x: slice) -> Tensor:
        """For a slab of x. [x, y, z]"""
        of_pairs = einsum(self.waves[:, x], self.waves, "row x, column y -> x y row column")
        return of_pairs.flatten(2) @ self.answers


@dataclass(frozen=True, eq=False)
class RestPart:
    """What the rest writes to the logits, unfiltered."""

    frequency: None
    mean: Tensor  # [z], over all pairs; in float64
    folded: Folded
    members: Tensor  # [neuron of the rest]

    def rows(self, x: slice) -> Tensor:
        """For a slab of x. [x, y, z]"""
        return self.folded.post_rows(x, self.members) @ self.folded.W_logit[self.members]


def frequency_parts(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster]
) -> list[FrequencyPart | RestPart]:
    """What each cluster writes to the logits with its frequency alone, and the rest, unfiltered."""
    return [_part(folded, spectra, group) for group in groups]


def _part(folded: Folded, spectra: NeuronSpectra, group: Cluster) -> FrequencyPart | RestPart:
    members = torch.from_numpy(group.neurons).to(folded.W_logit.device)
    p, k, W_logit = folded.config.p, group.frequency, folded.W_logit[members]
    constant = spectra.blocks[0, 0, 0, members].double()  # coefficients of the grid that is 1 / p everywhere
    mean = constant @ W_logit.double() / p
    if k is None:
        return RestPart(None, mean, folded, members)
    # The projection commutes with W_logit: 9 coefficients an answer, then 9 waves over the pairs.
    answers = einsum(spectra.blocks[k - 1][:, :, members], W_logit, "row column neuron, neuron z -> row column z")
    waves = fourier_basis(p, W_logit.dtype, W_logit.device)[block_components(k)]
    return FrequencyPart(k, mean, waves, answers.flatten(0, 1))
