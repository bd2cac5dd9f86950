"""Cross-entropy in float64, and the losses that are left when parts of the logits are kept or taken away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Tensor

from engine.config import SIGNS, Operation
from engine.fourier import answers, sum_waves
from engine.split import Split


@dataclass(frozen=True)
class BySplit:
    """A mean over all p^2 pairs, over the train pairs and over the test pairs; None without a split."""

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


def cross_entropy(logits: Tensor, operation: Operation) -> Tensor:
    """Loss of every pair, log-softmax in float64 over the p answers. [x, y, z] -> [x, y]"""
    logits = logits.double()
    answer = answers(len(logits), operation, logits.device)
    right = logits.gather(-1, answer[..., None])[..., 0]
    return logits.logsumexp(dim=-1) - right


def is_right(logits: Tensor, operation: Operation) -> Tensor:
    """Whether the largest logit is the right answer. [x, y, z] -> [x, y]"""
    return logits.argmax(dim=-1) == answers(len(logits), operation, logits.device)


@dataclass(frozen=True)
class Scores:
    """How well a model answers."""

    loss: BySplit
    accuracy: BySplit


def score(logits: Tensor, split: Split | None, operation: Operation) -> Scores:
    """Mean loss and share of right answers. [x, y, z]"""
    return Scores(by_split(cross_entropy(logits, operation), split), by_split(is_right(logits, operation), split))


@dataclass(frozen=True, eq=False)
class ByAnswer:
    """Logits in float64, ordered by s, the answer, and exponentiated once for many losses of them."""

    answers: Tensor  # [x, y]: s, (x + y) mod p or (x - y) mod p
    logits: Tensor  # [s, x, z]
    top: Tensor  # [s, x]: the largest logit
    odds: Tensor  # [s, x, z]: exp(logits - top)


def by_answer(logits: Tensor, operation: Operation) -> ByAnswer:
    """Order logits by their answer. [x, y, z] -> [s, x, z]"""
    p = len(logits)
    x = torch.arange(p, device=logits.device)
    y = SIGNS[operation] * (x[:, None] - x) % p  # [s, x]: the y to which x has the answer s
    ordered = logits[x, y].double()
    top = ordered.amax(dim=-1)
    return ByAnswer(answers(p, operation, logits.device), ordered, top, (ordered - top[..., None]).exp_())


def sum_parts(coefficients: Tensor, p: int) -> Tensor:
    """The part of the logits on each frequency's two sum directions, as a table over s, the answer.

    [freq, 2, z] -> [freq, s, z]
    """
    return einsum(sum_waves(p, coefficients.dtype, coefficients.device), coefficients, "k part s, k part z -> k s z")


def sum_directions_only(logits: Tensor, coefficients: Tensor, keys: Sequence[int]) -> Tensor:
    """The logits on the sum directions of the key frequencies alone, bias-corrected: a table over s, the answer.

    Bias correction adds, per answer, the mean over inputs that the projection removed. `coefficients` as
    `fourier.sum_coefficients` gives them: [freq, 2, z]. Returns [s, z], in float64.
    """
    parts = sum_parts(coefficients.double(), len(logits))
    return parts[_rows(keys)].sum(dim=0) + logits.double().mean(dim=(0, 1))  # the waves' own mean is zero


def trig_loss(
    logits: Tensor, coefficients: Tensor, keys: Sequence[int], split: Split | None, operation: Operation
) -> BySplit:
    """Loss of `sum_directions_only`. (The paper's "restricted loss" keeps the same signal.)"""
    kept = sum_directions_only(logits, coefficients, keys)
    s = answers(len(logits), operation, logits.device)
    loss_of_s = kept.logsumexp(dim=-1) - kept.diagonal()  # the right answer to s is s
    return by_split(loss_of_s[s], split)


# Beyond this spread of logits and removed part together, exponentials of the two apart could underflow to 0 / 0.
_SAFE_SPREAD = 600.0


def excluded_loss(ordered: ByAnswer, coefficients: Tensor, frequencies: Sequence[int], split: Split | None) -> BySplit:
    """Loss with the two sum-direction parts of these frequencies taken away, no bias correction.

    What is taken away depends on s and z alone, so `sum_z exp(logits - part)` is one product of the odds with
    `exp(-part)`, and no new exponential over all p^3 logits is needed.
    """
    p = len(ordered.logits)
    removed = sum_parts(coefficients.double(), p)[_rows(frequencies)].sum(dim=0)  # [s, z]
    least = removed.amin(dim=-1)  # [s]
    spread = (removed.amax(dim=-1) - least).max() + (ordered.top - ordered.logits.amin(dim=-1)).max()
    if spread < _SAFE_SPREAD:
        total = torch.bmm(ordered.odds, (least[:, None] - removed).exp()[..., None])[..., 0].log()
        total += ordered.top - least[:, None]
    else:
        total = (ordered.logits - removed[:, None]).logsumexp(dim=-1)
    right = ordered.logits.diagonal(dim1=0, dim2=2).T - removed.diagonal()[:, None]  # the right answer to s is s
    x = torch.arange(p, device=total.device)
    return by_split((total - right)[ordered.answers, x[:, None]], split)


def bias_corrected(kept: Tensor, original_mean: Tensor) -> Tensor:
    """Logits of which parts were removed, plus the mean over inputs of what was removed; in float64.

    `kept` is [x, y, z]; `original_mean` the mean of the whole logits over inputs, [z].
    """
    kept = kept.double()
    return kept + (original_mean - kept.mean(dim=(0, 1)))


def trig_fraction_of_logits(logits: Tensor, coefficients: Tensor, keys: Sequence[int]) -> float | None:
    """Variance of the centred logits on the sum directions over their variance, mean over answers."""
    logits = logits.double()
    variance = (logits - logits.mean(dim=(0, 1))).square().sum(dim=(0, 1))
    explained = coefficients.double()[_rows(keys)].square().sum(dim=(0, 1))
    return _mean((explained / variance)[variance > 0])


def logit_formula(coefficients: Tensor, logits: Tensor, keys: Sequence[int]) -> tuple[dict[int, float], float | None]:
    """Least-squares c_k of `sum_k c_k cos w_k(s - z)`, s the answer, on the logits; the fraction of variance explained.

    The cosines are orthogonal to each other and to constants, so each c_k is one projection. Variance is that of
    all p^3 logits around their one mean. Returns ({k: c_k}, fraction).
    """
    p = len(logits)
    logits = logits.double()
    total = (logits - logits.mean()).square().sum().item()
    waves = sum_waves(p, torch.float64, logits.device)  # [freq, 2, z]: cos w_k z and sin w_k z, up to sqrt(2) / p
    projections = einsum(coefficients.double(), waves, "k part z, k part z -> k") * p**2 / 2
    fitted = {k: projections[k - 1].item() / (p**3 / 2) for k in keys}  # p^3 / 2: the square of one cosine, summed
    explained = sum(c**2 for c in fitted.values()) * p**3 / 2
    return fitted, explained / total if total > 0 else None


def _rows(frequencies: Sequence[int]) -> list[int]:
    return [k - 1 for k in frequencies]
