"""Sums over the logits of all p^2 pairs, read a slab of x at a time, so that p^3 numbers need not be held at once.

Most metrics of the logits are sums over pairs. As the sum directions depend on a pair through its answer s alone
(s = x + y or x - y mod p), a table [s, z] is enough for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from einops import einsum
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy
from engine.networks.config import Task
from engine.networks.fourier import sum_waves
from engine.networks.overflow import require_finite
from engine.networks.scratch import Scratch
from engine.networks.task import answers

Slab = tuple[slice, Tensor]  # rows of x, and their logits [x, y, z]


def ordered_by_answer(slab: Slab, task: Task, out: Tensor | None = None) -> Tensor:
    """The logits of a slab, with the pairs of each row in order of their answer s. [x, y, z] -> [x, s, z]"""
    rows, logits = slab
    pairs = _pairs_by_answer(task, logits.device)[rows].flatten() - task.p * rows.start  # of the slab
    out = None if out is None else out.flatten(0, 1)
    # Many times as fast as to index with x and y.
    return torch.index_select(logits.flatten(0, 1), 0, pairs, out=out).view_as(logits)


@lru_cache(maxsize=16)
def _pairs_by_answer(task: Task, device: torch.device) -> Tensor:
    """The index `p x + y` of the pair whose answer is s. [x, s]"""
    x, s = torch.arange(task.p, device=device)[:, None], torch.arange(task.p, device=device)
    return task.p * x + task.sign * (s - x) % task.p


def ordered_by_tokens(values: Tensor, task: Task) -> Tensor:
    """Reorder a value per pair from answers to tokens: [x, s] -> [x, y]."""
    return values.gather(1, answers(task, values.device))


@dataclass(frozen=True, eq=False)
class LogitSums:
    """The logits of all pairs, summed for the metrics that need no more; in float64.

    The sum directions of frequency k are the unit vectors over pairs `cos_k(s)` and `sin_k(s)` (`sum_waves`). The
    paper defines its restricted, excluded and trig metrics by them (Nanda et al. 2023, "Progress measures for grokking
    via mechanistic interpretability", section 5.1).
    """

    task: Task
    by_answer: Tensor  # [s, z]: sum over the p pairs whose answer is s
    squares: Tensor  # [z]: sum over pairs of (logit - its mean over pairs)^2
    varies: Tensor  # [z]: whether a logit varies over pairs by more than rounding error
    any_variation: bool  # whether the p^3 logits vary around their one mean by more than rounding error

    @property
    def p(self) -> int:
        return self.task.p

    @property
    def mean(self) -> Tensor:
        """Mean over all pairs. [z]"""
        return self.by_answer.sum(dim=0) / self.p**2

    def coefficients(self, keys: Sequence[int]) -> Tensor:
        """Coefficients of the logits on the two sum directions of each frequency. [key, part (cos, sin), z]"""
        return einsum(self._waves(keys), self.by_answer, "key part s, s z -> key part z")

    def parts(self, keys: Sequence[int]) -> Tensor:
        """Projection of the logits on the two sum directions of each frequency; it depends on s and z alone.

        [key, s, z]
        """
        return einsum(self._waves(keys), self.coefficients(keys), "key part s, key part z -> key s z")

    def _waves(self, keys: Sequence[int]) -> Tensor:
        return sum_waves(self.p, torch.float64, self.by_answer.device)[[k - 1 for k in keys]]


@dataclass(frozen=True, eq=False)
class SlabOdds:
    """The odds `exp(l_z - l_right)` of a slab with the pairs of each row in order of their answer s, in float64."""

    odds: Tensor  # [x, s, z]; 0 for the right answer
    largest: float  # the largest |l_z - l_right|


@dataclass(frozen=True, eq=False)
class RightAndWrong:
    """The logits of some rows of x, taken apart into that of the right answer and the others."""

    wrong: Tensor  # [x, pair, z]: the logits, -inf for the right answer; may be overwritten
    right: Tensor  # [x, pair]
    largest_wrong: Tensor  # [x, pair]


class LogitReader:
    """Reads the logits of a network slab by slab; stores the loss of each pair and the sums.

    `loss` and `right` are complete once every slab has been read. All sums are in float64, whatever the dtype of the
    logits. With `keeps_odds`, the odds of all slabs stay in memory, p^3 numbers, for metrics that need them.
    """

    def __init__(self, task: Task, device: torch.device | str = "cpu", keeps_odds: bool = False) -> None:
        p = task.p
        self._answers = answers(task, device)
        self._by_order = torch.arange(p, device=device)  # [s]: the right answers of ordered logits
        self._task, self._scratch = task, Scratch()
        self._odds: dict[int, SlabOdds] | None = {} if keeps_odds else None
        self._loss = torch.empty(p, p, dtype=torch.float64, device=device)  # [x, s]
        self.right = torch.empty(p, p, dtype=torch.bool, device=device)  # [x, y]: the largest logit is the answer's
        self._right_logit = torch.empty(p, p, dtype=torch.float64, device=device)  # [x, s]
        self._by_answer = torch.zeros(p, p, dtype=torch.float64, device=device)  # [s, z]
        self._squares = torch.zeros(p, dtype=torch.float64, device=device)  # [z]
        self._shift: Tensor | None = None  # [z]: the logits of one pair, subtracted before squaring
        self._epsilon = 0.0  # of the dtype of the logits

    def read(self, slab: Slab) -> RightAndWrong:
        """Add a slab: rows of x, and their logits [x, y, z].

        Returns them taken apart, with the pairs of each row in order of their answer, until the next slab is read.
        """
        rows, logits = slab
        ordered = ordered_by_answer(slab, self._task, self._like(logits, "ordered", logits.dtype))
        exact = self._like(logits, "exact").copy_(ordered)
        right = ordered.diagonal(dim1=1, dim2=2)  # [x, s]
        right_logit = right.clone()
        right.fill_(-torch.inf)
        apart = RightAndWrong(ordered, right_logit, ordered.amax(dim=-1))
        self._right_logit[rows] = right_logit
        self.right[rows] = self._is_right(slab, apart)
        self._loss[rows] = self._loss_of(rows, exact, right_logit.double())
        if self._shift is None:  # squares around the logits of some pair, not around 0: the variance keeps its digits
            self._shift, self._epsilon = exact[0, 0].clone(), torch.finfo(logits.dtype).eps
        exact -= self._shift
        self._by_answer += exact.sum(dim=0)
        self._squares += exact.square_().sum(dim=(0, 1))
        return apart

    def _is_right(self, slab: Slab, apart: RightAndWrong) -> Tensor:
        """Whether the largest logit is the right answer's, the first of equal ones. [x, y]"""
        rows, logits = slab
        if bool((apart.right == apart.largest_wrong).any()):
            return logits.argmax(dim=-1) == self._answers[rows]  # several times as slow
        return (apart.right > apart.largest_wrong).gather(1, self._answers[rows])

    def _loss_of(self, rows: slice, exact: Tensor, right_logit: Tensor) -> Tensor:
        """Cross-entropy of the pairs of a slab. [x, s, z], [x, s] -> [x, s]"""
        like = torch.empty_like(exact) if self._odds is not None else self._like(exact, "odds")
        relative = torch.sub(exact, right_logit[..., None], out=like)
        largest = largest_size(relative) if self._odds is not None else 0.0
        relative.diagonal(dim1=1, dim2=2).fill_(-torch.inf)
        odds = relative.exp_()
        if self._odds is not None:
            self._odds[rows.start] = SlabOdds(odds, largest)
        loss = odds.sum(dim=-1).log1p_()
        return loss if bool(loss.isfinite().all()) else cross_entropy(exact, self._by_order)

    def _like(self, logits: Tensor, name: str, dtype: torch.dtype = torch.float64) -> Tensor:
        """Memory for the logits of a slab."""
        return self._scratch.empty(name, logits.shape, dtype, logits.device)

    def odds(self, rows: slice) -> SlabOdds | None:
        """The odds of a slab that was read, with `keeps_odds`."""
        return None if self._odds is None else self._odds[rows.start]

    @property
    def loss(self) -> Tensor:
        """Cross-entropy of each pair, in nats. [x, y]"""
        return ordered_by_tokens(self._loss, self._task)

    @property
    def right_logit(self) -> Tensor:
        """The logit of each pair's right answer. [x, y]"""
        return ordered_by_tokens(self._right_logit, self._task)

    def sums(self) -> LogitSums:
        """The sums over all pairs.

        Raises:
            OutOfRange: the weights are so large that the logits overflow.
        """
        assert self._shift is not None
        p = len(self._shift)
        squares = (self._squares - self._by_answer.sum(dim=0).square() / p**2).clamp_min(0)
        require_finite("The sum of the squared logits", squares)
        by_answer = self._by_answer + p * self._shift
        mean = by_answer.sum(dim=0) / p**2
        rounding = (16 * self._epsilon) ** 2 * p**2  # of a logit of size 1: squared, summed over the pairs
        around_one_mean = squares.sum() + p**2 * (mean - mean.mean()).square().sum()
        return LogitSums(
            self._task,
            by_answer,
            squares,
            varies=squares > rounding * mean.square(),
            any_variation=bool(around_one_mean > rounding * mean.square().sum()),
        )


def largest_size(values: Tensor) -> float:
    """The largest absolute value."""
    low, high = values.aminmax()
    return max(-low.item(), high.item())


def read_logits(slabs: Iterable[Slab], task: Task) -> LogitReader:
    """Read the logits of all pairs."""
    reader: LogitReader | None = None
    for slab in slabs:
        reader = reader or LogitReader(task, slab[1].device)
        reader.read(slab)
    assert reader is not None
    return reader
