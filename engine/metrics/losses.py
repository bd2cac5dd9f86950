"""Cross-entropy in float64, and the losses that are left when parts of the logits are kept or taken away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Tensor

from engine.metrics.logit_sums import LogitReader, LogitSums, Slab, ordered_by_answer, ordered_by_tokens
from engine.networks.config import Operation
from engine.networks.fourier import sum_waves
from engine.networks.split import Split
from engine.networks.task import answers


@dataclass(frozen=True)
class BySplit:
    """A mean over all p^2 pairs, over the train pairs and over the test pairs; these are None without a split."""

    all: float
    train: float | None
    test: float | None


def by_split(values: Tensor, split: Split | None) -> BySplit:
    """Means of a per-pair value, in float64. [x, y]"""
    values = values.double()
    if split is None:
        return BySplit(values.mean().item(), None, None)
    train = torch.from_numpy(split.train).to(values.device)
    return BySplit(values.mean().item(), _mean(values[train]), _mean(values[~train]))


def _mean(values: Tensor) -> float | None:
    return values.mean().item() if len(values) else None


def cross_entropy(logits: Tensor, operation: Operation, x: slice = slice(None)) -> Tensor:
    """Loss of every pair, log-softmax in float64 over the p answers; `x` says which rows. [x, y, z] -> [x, y]"""
    logits = logits.double()
    answer = answers(logits.shape[1], operation, logits.device)[x]
    right = logits.gather(-1, answer[..., None])[..., 0]
    return logits.logsumexp(dim=-1) - right


@dataclass(frozen=True)
class Scores:
    """How well a model answers."""

    loss: BySplit
    accuracy: BySplit


def score(read: LogitReader, split: Split | None) -> Scores:
    """Mean loss and share of right answers of logits that have been read."""
    return Scores(by_split(read.loss, split), by_split(read.right, split))


def sum_directions_only(sums: LogitSums, keys: Sequence[int]) -> Tensor:
    """The logits on the sum directions of the key frequencies alone, bias-corrected: a table over s, the answer.

    Bias correction adds, per answer, the mean over inputs that the projection removed. Returns [s, z], in float64.
    """
    return sums.parts(keys).sum(dim=0) + sums.mean  # the waves' own mean is zero


def trig_loss(sums: LogitSums, keys: Sequence[int], split: Split | None) -> BySplit:
    """Loss of `sum_directions_only`. (The paper's "restricted loss" keeps the same signal.)"""
    kept = sum_directions_only(sums, keys)
    loss_of_s = kept.logsumexp(dim=-1) - kept.diagonal()  # the right answer to s is s
    return by_split(loss_of_s[answers(sums.p, sums.operation, kept.device)], split)


# Beyond this spread of logits and removed part together, exponentials of the two apart could underflow to 0 / 0.
_SAFE_SPREAD = 600.0


def excluded_losses(
    slabs: Iterable[Slab], sums: LogitSums, removals: Sequence[Sequence[int]], split: Split | None
) -> list[BySplit]:
    """Losses with the two sum-direction parts of some frequencies taken away, no bias correction; one a removal.

    What is taken away depends on s and z alone, so `sum_z exp(logits - part)` is one product of `exp(logits)` with
    `exp(-part)`, and p^3 exponentials do for all removals.
    """
    removed = torch.stack([sums.parts(keys).sum(dim=0) for keys in removals], dim=-1)  # [s, z, removal]
    right = removed.diagonal().T  # [s, removal]: the right answer to s is s
    losses = removed.new_empty(len(removals), sums.p, sums.p)  # [removal, x, s]
    for rows, logits in slabs:
        ordered = ordered_by_answer((rows, logits), sums.operation)
        total = _log_sum_exp_without(ordered, removed)
        losses[:, rows] = (total - ordered.diagonal(dim1=1, dim2=2)[..., None] + right).movedim(-1, 0)
    return [by_split(ordered_by_tokens(loss, sums.operation), split) for loss in losses]


def _log_sum_exp_without(ordered: Tensor, removed: Tensor) -> Tensor:
    """`log sum_z exp(ordered - removed)`. [x, s, z], [s, z, removal] -> [x, s, removal]"""
    top, least = ordered.amax(dim=-1, keepdim=True), removed.amin(dim=1, keepdim=True)
    spread = (removed.amax(dim=1, keepdim=True) - least).max() + (top[..., 0] - ordered.amin(dim=-1)).max()
    if spread >= _SAFE_SPREAD:
        each = [(ordered - part).logsumexp(dim=-1) for part in removed.unbind(dim=-1)]
        return torch.stack(each, dim=-1)
    odds = (ordered - top).exp_().transpose(0, 1)  # [s, x, z]
    total = torch.bmm(odds, (least - removed).exp()).log() - least  # [s, x, removal]
    return total.transpose(0, 1) + top


def logit_formula(sums: LogitSums, keys: Sequence[int]) -> tuple[dict[int, float], float | None]:
    """Least-squares c_k of `sum_k c_k cos w_k(s - z)`, s the answer, on the logits; the fraction of variance explained.

    The cosines are orthogonal to each other and to constants, so each c_k is one projection. Variance is that of
    all p^3 logits around their one mean; None where they do not vary. Returns ({k: c_k}, fraction).
    """
    p, rows = sums.p, [k - 1 for k in keys]
    # cos w_k z and sin w_k z, up to sqrt(2) / p: [key, 2, z]
    waves = sum_waves(p, torch.float64, sums.mean.device)[rows]
    projections = einsum(sums.coefficients(keys), waves, "key part z, key part z -> key") * p**2 / 2
    square = p**3 / 2  # of one cosine, summed
    fitted = {k: projection / square for k, projection in zip(keys, projections.tolist(), strict=True)}
    around_one_mean = p**2 * (sums.mean - sums.mean.mean()).square().sum()
    total = (sums.squares.sum() + around_one_mean).item()
    explained = sum(c * c for c in fitted.values()) * square
    return fitted, explained / total if sums.vary else None
