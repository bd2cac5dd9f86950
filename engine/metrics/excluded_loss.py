"""Excluded losses: the loss without the sum directions of some frequencies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

import torch
from einops import einsum
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy, odds_, relative_to_right
from engine.metrics.logit_sums import LogitSums, Slab, SlabOdds, largest_size, ordered_by_answer, ordered_by_tokens
from engine.metrics.losses import BySplit, by_split
from engine.networks.config import Task
from engine.networks.split import Split

# If the relative logits and the removed part together are larger, their separate exponentials could over- or underflow.
_SAFE_SPREAD = 700.0


def excluded_losses(
    slabs: Iterable[Slab],
    sums: LogitSums,
    removals: Sequence[Sequence[int]],
    split: Split | None,
    odds_of: Callable[[slice], SlabOdds | None] = lambda _: None,
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
        odds_of: the odds of the logits of a slab, where they are known.
    """
    removed = _removed_parts(sums, removals)  # [s, z, removal]
    right = torch.arange(sums.p, device=removed.device)  # [s]: the right answer for s is z = s
    relative = removed.diagonal().T[:, None] - removed  # [s, z, removal]
    largest, factors = largest_size(relative), relative.exp_()
    losses = removed.new_empty(len(removals), sums.p, sums.p)  # [removal, x, s]
    for slab in slabs:
        odds = odds_of(slab[0]) or _odds(slab, sums.task, right)
        if odds.largest + largest < _SAFE_SPREAD:
            without = torch.bmm(odds.odds.transpose(0, 1), factors).log1p_().permute(2, 1, 0)
        else:
            ordered = ordered_by_answer(slab, sums.task)
            without = torch.stack([cross_entropy(ordered - part, right) for part in removed.unbind(dim=-1)])
        losses[:, slab[0]] = without
    return [by_split(ordered_by_tokens(loss, sums.task), split) for loss in losses]


def _removed_parts(sums: LogitSums, removals: Sequence[Sequence[int]]) -> Tensor:
    """What each removal subtracts from the logits. [s, z, removal]"""
    frequencies = sorted(set(chain.from_iterable(removals)))
    parts = sums.parts(frequencies)  # [frequency, s, z]
    is_removed = torch.tensor([[float(k in keys) for k in frequencies] for keys in removals])
    return einsum(parts, is_removed.to(parts), "frequency s z, removal frequency -> s z removal").contiguous()


def _odds(slab: Slab, task: Task, right: Tensor) -> SlabOdds:
    relative = relative_to_right(ordered_by_answer(slab, task), right)
    largest = largest_size(relative)
    return SlabOdds(odds_(relative, right), largest)
