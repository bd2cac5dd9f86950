"""Cross-entropy in float64, trig loss, excluded losses, and the logit formula."""

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
    """Means over all p^2 pairs, the train pairs and the test pairs; the last two are None without a split."""

    all: float
    train: float | None
    test: float | None


def by_split(values: Tensor, split: Split | None) -> BySplit:
    """Means of a value per pair, in float64. [x, y]"""
    values = values.double()
    if split is None:
        return BySplit(values.mean().item(), None, None)
    train = torch.from_numpy(split.train).to(values.device)
    return BySplit(values.mean().item(), _mean(values[train]), _mean(values[~train]))


def _mean(values: Tensor) -> float | None:
    return values.mean().item() if len(values) else None


def cross_entropy(logits: Tensor, operation: Operation, x: slice = slice(None)) -> Tensor:
    """Cross-entropy (nats) of each pair, over the p answers, in float64. [x, y, z] -> [x, y]

    `x` selects the rows of the grid that `logits` holds.
    """
    logits = logits.double()
    answer = answers(logits.shape[1], operation, logits.device)[x]
    right = logits.gather(-1, answer[..., None])[..., 0]
    return logits.logsumexp(dim=-1) - right


@dataclass(frozen=True)
class Scores:
    """Mean cross-entropy and accuracy of a network."""

    loss: BySplit  # nats
    accuracy: BySplit  # share of right answers, 0 to 1


def score(reader: LogitReader, split: Split | None) -> Scores:
    """Mean loss and accuracy of the logits that a reader has read."""
    return Scores(by_split(reader.loss, split), by_split(reader.right, split))


def sum_directions_only(sums: LogitSums, keys: Sequence[int]) -> Tensor:
    """The projection of the logits on the sum directions of the key frequencies, bias-corrected. [s, z], float64

    The projection depends on a pair through its answer s alone. Bias correction adds back, for each logit z, the mean
    over pairs that the projection removed, as the paper does for its restricted loss.
    """
    return sums.parts(keys).sum(dim=0) + sums.mean  # the waves themselves have mean zero


def trig_loss(sums: LogitSums, keys: Sequence[int], split: Split | None) -> BySplit:
    """Mean cross-entropy (nats) of the logits `sum_directions_only`: what the key frequencies alone achieve.

    The study's trig loss; the paper's restricted loss (Nanda et al. 2023, section 5.1) retains the same signal.
    """
    logits = sum_directions_only(sums, keys)
    loss_by_answer = logits.logsumexp(dim=-1) - logits.diagonal()  # the right answer for s is z = s
    return by_split(loss_by_answer[answers(sums.p, sums.operation, logits.device)], split)


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
        ordered = ordered_by_answer((rows, logits), sums.operation)
        total = _log_sum_exp_without(ordered, removed)
        losses[:, rows] = (total - ordered.diagonal(dim1=1, dim2=2)[..., None] + right).movedim(-1, 0)
    return [by_split(ordered_by_tokens(loss, sums.operation), split) for loss in losses]


def _log_sum_exp_without(ordered: Tensor, removed: Tensor) -> Tensor:
    """`log sum_z exp(ordered - removed)`. [x, s, z], [s, z, removal] -> [x, s, removal]"""
    largest, smallest = ordered.amax(dim=-1, keepdim=True), removed.amin(dim=1, keepdim=True)
    spread = (removed.amax(dim=1, keepdim=True) - smallest).max() + (largest[..., 0] - ordered.amin(dim=-1)).max()
    if spread >= _SAFE_SPREAD:
        return torch.stack([(ordered - part).logsumexp(dim=-1) for part in removed.unbind(dim=-1)], dim=-1)
    odds = (ordered - largest).exp_().transpose(0, 1)  # [s, x, z]
    total = torch.bmm(odds, (smallest - removed).exp()).log() - smallest  # [s, x, removal]
    return total.transpose(0, 1) + largest


def logit_formula(sums: LogitSums, keys: Sequence[int]) -> tuple[dict[int, float], float | None]:
    """Fit the logits by `sum_k c_k cos w_k(s - z)`: s is the answer to (x, y), w_k = 2 pi k / p.

    A least-squares fit in float64 to all p^3 logits around their one mean. The cosines are orthogonal to each other and
    to constants, so each c_k is one projection. The paper fits the same formula (Nanda et al. 2023, section 4).

    Returns:
        {k: c_k}, and the fraction of variance explained; that is None if the logits do not vary.
    """
    p, rows = sums.p, [k - 1 for k in keys]
    waves = sum_waves(p, torch.float64, sums.mean.device)[rows]  # [key, part, z]: sqrt(2) / p times cos and sin w_k z
    projections = einsum(sums.coefficients(keys), waves, "key part z, key part z -> key") * p**2 / 2
    square = p**3 / 2  # sum of cos^2 over the p^3 (x, y, z)
    coefficients = {k: projection / square for k, projection in zip(keys, projections.tolist(), strict=True)}
    around_one_mean = p**2 * (sums.mean - sums.mean.mean()).square().sum()
    total = (sums.squares.sum() + around_one_mean).item()
    explained = sum(c * c for c in coefficients.values()) * square
    return coefficients, explained / total if sums.any_variation else None
