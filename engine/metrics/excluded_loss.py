"""Excluded losses: the loss without the sum directions of some frequencies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy, odds_, relative_to_right
from engine.metrics.logit_sums import LogitSums, Slab, ordered_by_answer, ordered_by_tokens
from engine.metrics.losses import BySplit, by_split
from engine.networks.split import Split

# If the relative logits and the removed part together are larger, their separate exponentials could over- or underflow.
_SAFE_SPREAD = 700.0


def excluded_losses(
    slabs: Iterable[Slab], sums: LogitSums, removals: Sequence[Sequence[int]], split: Split | None
) -> list[BySplit]:
    """Mean cross-entropy (nats) without the sum directions of some frequencies: one loss for each set of frequencies.

    The projection of the logits on `cos_k(s)` and `sin_k(s)` of the frequencies is subtracted, without bias correction
    (the paper's excluded loss; Nanda et al. 2023, section 5.1).

    The removed part depends on s and z alone. So the sum of odds `exp(l_z - l_right)` without it is a product of the
    odds of the logits and the odds of the part, and p^3 exponentials are enough for all removals.

    Args:
        slabs: the logits of all pairs, a slab of x at a time; [x, y, z] each.
        sums: the sums of the same logits.
        removals: the sets of frequencies to remove.
        split: the train/test split.
    """
    removed = torch.stack([sums.parts(keys).sum(dim=0) for keys in removals], dim=-1)  # [s, z, removal]
    right = torch.arange(sums.p, device=removed.device)  # [s]: the right answer for s is z = s
    losses = removed.new_empty(len(removals), sums.p, sums.p)  # [removal, x, s]
    for rows, logits in slabs:
        ordered = ordered_by_answer((rows, logits), sums.task)
        losses[:, rows] = _losses_without(ordered, removed, right)
    return [by_split(ordered_by_tokens(loss, sums.task), split) for loss in losses]


def _losses_without(ordered: Tensor, removed: Tensor, right: Tensor) -> Tensor:
    """Cross-entropy of `ordered - removed` for each removal. [x, s, z], [s, z, removal], [s] -> [removal, x, s]"""
    relative = relative_to_right(ordered, right)
    relative_removed = removed.diagonal().T[:, None] - removed  # [s, z, removal]
    if _largest(relative) + _largest(relative_removed) >= _SAFE_SPREAD:
        return torch.stack([cross_entropy(ordered - part, right) for part in removed.unbind(dim=-1)])
    odds = odds_(relative, right).transpose(0, 1)  # [s, x, z]
    return torch.bmm(odds, relative_removed.exp()).log1p_().permute(2, 1, 0)


def _largest(values: Tensor) -> float:
    """The largest absolute value."""
    low, high = values.aminmax()
    return max(-low.item(), high.item())
