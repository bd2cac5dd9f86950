"""What happens to the loss when clusters are reduced to their frequency, or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from einops import einsum, rearrange
from torch import Tensor

from engine.folded import Folded
from engine.fourier import fourier_basis
from engine.losses import bias_corrected, cross_entropy
from engine.neurons import Cluster
from engine.sweep import NeuronSpectra


@dataclass(frozen=True)
class Interventions:
    """Losses over all pairs, each bias-corrected; "rest" is the cluster whose frequency is None."""

    key_frequency_only_with_rest: float
    key_frequency_only_without_rest: float
    without_cluster: dict[int | None, float]  # each cluster's frequency: the loss without that cluster's part


def intervene(
    folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster], original_logits: Tensor
) -> Interventions:
    """Keep of each cluster only its uncentred post activations' 9 terms at its frequency; the rest unfiltered.

    `spectra` are those of `post`; `groups` the clusters with the rest last.
    """
    parts = frequency_parts(folded, spectra, groups)
    everything = sum(parts.values(), start=torch.zeros_like(original_logits))
    mean = original_logits.double().mean(dim=(0, 1))

    def loss(kept: Tensor) -> float:
        return cross_entropy(bias_corrected(kept, mean), folded.config.operation).mean().item()

    without = {frequency: loss(everything - part) for frequency, part in parts.items()}
    return Interventions(
        key_frequency_only_with_rest=loss(everything),
        key_frequency_only_without_rest=without[None],
        without_cluster=without,
    )


def frequency_parts(folded: Folded, spectra: NeuronSpectra, groups: Sequence[Cluster]) -> dict[int | None, Tensor]:
    """What each cluster writes to the logits with its frequency alone, and the rest, unfiltered. [x, y, z] each"""
    return {group.frequency: _frequency_part(folded, spectra, group) for group in groups}


def _frequency_part(folded: Folded, spectra: NeuronSpectra, group: Cluster) -> Tensor:
    members = torch.from_numpy(group.neurons).to(folded.W_logit.device)
    W_logit = folded.W_logit[members]
    if group.frequency is None:
        return torch.cat([folded.post_rows(x, members) @ W_logit for x in folded.slabs()])
    k = group.frequency
    # The projection commutes with W_logit: 9 coefficients an answer, then 9 waves over the pairs.
    answers = einsum(spectra.blocks[k - 1][:, :, members], W_logit, "row column neuron, neuron z -> row column z")
    basis = fourier_basis(folded.config.p, W_logit.dtype, W_logit.device)[[0, 2 * k - 1, 2 * k]]  # [3, token]
    waves = rearrange(einsum(basis, basis, "row x, column y -> x y row column"), "x y row column -> x y (row column)")
    return waves @ rearrange(answers, "row column z -> (row column) z")
