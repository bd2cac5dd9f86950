"""The logits of all p^2 inputs read a slab of x at a time: p^3 numbers are never held at once where they are many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from einops import einsum
from torch import Tensor

from engine.networks.config import SIGNS, Operation
from engine.networks.fourier import sum_waves
from engine.networks.overflow import require_finite
from engine.networks.task import answers

Slab = tuple[slice, Tensor]  # rows of x, and their logits [x, y, z]


def ordered_by_answer(slab: Slab, operation: Operation) -> Tensor:
    """The logits of a slab in float64, its pairs in order of their answer s. [x, y, z] -> [x, s, z]"""
    rows, logits = slab
    p, device = logits.shape[1], logits.device
    x = torch.arange(p, device=device)[rows, None]
    y = SIGNS[operation] * (torch.arange(p, device=device) - x) % p  # [x, s]: the y to which x has the answer s
    return logits[torch.arange(len(logits), device=device)[:, None], y].double()


def cross_entropy_by_answer(ordered: Tensor) -> Tensor:
    """Loss of every pair of a slab, log-softmax over the p answers. [x, s, z] -> [x, s]"""
    return ordered.logsumexp(dim=-1) - ordered.diagonal(dim1=1, dim2=2)  # the right answer to s is s


def ordered_by_tokens(of_answers: Tensor, operation: Operation) -> Tensor:
    """A value per pair back on the grid. [x, s] -> [x, y]"""
    return of_answers.gather(1, answers(len(of_answers), operation, of_answers.device))


@dataclass(frozen=True, eq=False)
class LogitSums:
    """What is left of p^3 logits for the measures that are sums over pairs; float64."""

    operation: Operation
    by_answer: Tensor  # [s, z]: summed over the p pairs with the answer s
    squares: Tensor  # [z]: of the logits around their mean over pairs
    varies: Tensor  # [z]: whether a logit varies over pairs by more than its own rounding
    vary: bool  # whether the p^3 logits do, over pairs or answers

    @property
    def p(self) -> int:
        return len(self.squares)

    @property
    def mean(self) -> Tensor:
        """Mean over all pairs. [z]"""
        return self.by_answer.sum(dim=0) / self.p**2

    def coefficients(self, keys: Sequence[int]) -> Tensor:
        """On the sum directions, `cos_k(s)` and `sin_k(s)` of the answer s, of some frequencies. [key, 2, z]"""
        return einsum(self._waves(keys), self.by_answer, "key part s, s z -> key part z")

    def parts(self, keys: Sequence[int]) -> Tensor:
        """The part of the logits on each frequency's two sum directions, which depends on s alone. [key, s, z]"""
        return einsum(self._waves(keys), self.coefficients(keys), "key part s, key part z -> key s z")

    def _waves(self, keys: Sequence[int]) -> Tensor:
        return sum_waves(self.p, torch.float64, self.by_answer.device)[[k - 1 for k in keys]]


class LogitReader:
    """Reads the logits of a model slab by slab and keeps each pair's loss and the sums.

    `loss` [x, y] is in float64, `right` [x, y] says whether the largest logit is the right answer; both are whole
    once every slab has been read.
    """

    def __init__(self, p: int, operation: Operation, device: torch.device | str = "cpu") -> None:
        self._answers = answers(p, operation, device)
        self._operation = operation
        self._loss = torch.empty(p, p, dtype=torch.float64, device=device)  # [x, s]
        self.right = torch.empty(p, p, dtype=torch.bool, device=device)
        self._by_answer = torch.zeros(p, p, dtype=torch.float64, device=device)
        self._squares = torch.zeros(p, dtype=torch.float64, device=device)
        self._shift: Tensor | None = None
        self._rounding = 0.0

    def read(self, slab: Slab) -> None:
        rows, logits = slab
        ordered = ordered_by_answer(slab, self._operation)
        self.right[rows] = logits.argmax(dim=-1) == self._answers[rows]
        self._loss[rows] = cross_entropy_by_answer(ordered)
        if self._shift is None:  # squares around any one pair's logits, not around 0, leave the variance its digits
            self._shift, self._rounding = ordered[0, 0].clone(), torch.finfo(logits.dtype).eps
        ordered -= self._shift
        self._by_answer += ordered.sum(dim=0)
        self._squares += ordered.square_().sum(dim=(0, 1))

    @property
    def loss(self) -> Tensor:
        return ordered_by_tokens(self._loss, self._operation)

    def sums(self) -> LogitSums:
        """The sums over all pairs.

        Raises:
            OutOfRange: weights so large that the logits overflow.
        """
        assert self._shift is not None
        p = len(self._shift)
        squares = (self._squares - self._by_answer.sum(dim=0).square() / p**2).clamp_min(0)
        require_finite("The sum of the squared logits", squares)
        by_answer = self._by_answer + p * self._shift
        mean = by_answer.sum(dim=0) / p**2
        rounding = (16 * self._rounding) ** 2 * p**2  # of a logit of 1, squared, summed over the pairs
        around_one_mean = squares.sum() + p**2 * (mean - mean.mean()).square().sum()
        vary = around_one_mean > rounding * mean.square().sum()
        return LogitSums(self._operation, by_answer, squares, squares > rounding * mean.square(), bool(vary))


def read_logits(slabs: Iterable[Slab], p: int, operation: Operation) -> LogitReader:
    """Read the logits of all pairs."""
    reader: LogitReader | None = None
    for slab in slabs:
        reader = reader or LogitReader(p, operation, slab[1].device)
        reader.read(slab)
    assert reader is not None
    return reader
