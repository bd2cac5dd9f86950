"""Excluded losses: the loss without the sum directions of some frequencies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from engine.metrics.logit_sums import LogitSums, Slab, ordered_by_answer, ordered_by_tokens
from engine.metrics.losses import BySplit, by_split
from engine.networks.split import Split

# If the logits and the removed part together spread further, their separate exponentials could underflow to 0 / 0.
_SAFE_SPREAD = 600.0


def excluded_losses(
    slabs: Iterable[Slab], sums: LogitSums, removals: Sequence[Sequence[int]], split: Split | None
) -> list[BySplit]:
    """Mean cross-entropy (nats) without the sum directions of some frequencies: one loss for each set of frequencies.

    The projection of the logits on `cos_k(s)` and `sin_k(s)` of the frequencies is subtracted, without bias correction
    (the paper's excluded loss; Nanda et al. 2023, section 5.1).

    The removed part depends on s and z alone. So `sum_z exp(logits - part)` is a product of `exp(logits)` and
    `exp(-part)`, and p^3 exponentials are enough for all removals.

    Args:
        slabs: the logits of all pairs, a slab of x at a time; [x, y, z] each.
        sums: the sums of the same logits.
        removals: the sets of frequencies to remove.
        split: the train/test split.
    """
    removed = torch.stack([sums.parts(keys).sum(dim=0) for keys in removals], dim=-1)  # [s, z, removal]
    right = removed.diagonal().T  # [s, removal]: the right answer for s is z = s
    losses = removed.new_empty(len(removals), sums.p, sums.p)  # [removal, x, s]
    for rows, logits in slabs:
        ordered = ordered_by_answer((rows, logits), sums.task)
        total = _log_sum_exp_without(ordered, removed)
        losses[:, rows] = (total - ordered.diagonal(dim1=1, dim2=2)[..., None] + right).movedim(-1, 0)
    return [by_split(ordered_by_tokens(loss, sums.task), split) for loss in losses]


def _log_sum_exp_without(ordered: Tensor, removed: Tensor) -> Tensor:
    """`log sum_z exp(ordered - removed)`. [x, s, z], [s, z, removal] -> [x, s, removal]"""
    largest, smallest = ordered.amax(dim=-1, keepdim=True), removed.amin(dim=1, keepdim=True)
    spread = (removed.amax(dim=1, keepdim=True) - smallest).max() + (largest[..., 0] - ordered.amin(dim=-1)).max()
    if spread >= _SAFE_SPREAD:
        return torch.stack([(ordered - part).logsumexp(dim=-1) for part in removed.unbind(dim=-1)], dim=-1)
    odds = (ordered - largest).exp_().transpose(0, 1)  # [s, x, z]
    total = torch.bmm(odds, (smallest - removed).exp()).log() - smallest  # [s, x, removal]
    return total.transpose(0, 1) + largest
