"""Try readings of a network on a sample of pairs, and compare how well the network does a task under each.

A trial beats another

- by accuracy: at least 5 percentage points more, and 5 standard errors (3 if the sample has all pairs); or
- at about the same accuracy, by the mean log-loss over pairs: at least 0.5 lower, and 6 standard errors of the paired
  differences. A constant share in the attention, or another order of axes, counts by accuracy alone: more attention
  to each position enlarges all logits, and that lowers the loss of a network that is right anyway.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.config import Operation, Task
from engine.networks.number_theory import is_prime
from engine.networks.task import answers
from engine.state_dicts.plain_forward import Reading, pair_logits

_LEAST_ACCURACY_GAP, _ACCURACY_Z, _ACCURACY_Z_OF_ALL_PAIRS = 0.05, 5.0, 3.0
_LEAST_LOG_LOSS_GAP, _LOG_LOSS_Z = 0.5, 6.0
_LOSS_FLOOR = 1e-6  # of a pair: the logits are in float32
_EQUAL_LOG_LOSS = 1e-4


@dataclass(frozen=True, eq=False)
class Sample:
    """The pairs that every reading with one p is tried on, and their right answers."""

    p: int
    x: Tensor  # [pair]
    y: Tensor  # [pair]
    operations: tuple[Operation, ...]
    answers: Tensor  # [pair, operation]

    @classmethod
    def of(cls, p: int, operations: Sequence[Operation], n_pairs: int, table: tuple[int, ...] | None = None) -> Sample:
        """A fixed random sample of pairs; all of them if there are no more than `n_pairs`.

        Division needs a prime p: for others it is not one of several operations.
        """
        if len(operations) > 1 and not is_prime(p):
            operations = [operation for operation in operations if operation != "divide"]
        pairs = torch.randperm(p * p, generator=torch.Generator().manual_seed(0))[:n_pairs]
        x, y = pairs // p, pairs % p
        tasks = [Task(p, operation, table if operation == "table" else None) for operation in operations]
        right = [answers(task)[x, y] for task in tasks]
        return cls(p, x, y, tuple(operations), torch.stack(right, dim=-1))


class TriedReading(Protocol):
    """One way to run the tensors of a checkpoint, whatever the architecture; hashable."""

    @property
    def p(self) -> int: ...

    @property
    def attn_coeff(self) -> float: ...

    @property
    def transposed(self) -> bool: ...

    @property
    def settings(self) -> dict[str, Any]:
        """The value of each setting."""
        ...


AnyReading = TypeVar("AnyReading", bound=TriedReading)


@dataclass(frozen=True, eq=False)
class Trial(Generic[AnyReading]):
    """A reading with an operation, and how well the network does that task."""

    reading: AnyReading
    operation: Operation
    accuracy: float
    log_loss: NDArray[np.float64]  # [pair]

    @cached_property
    def values(self) -> dict[str, Any]:
        """The value of each setting."""
        return {**self.reading.settings, "operation": self.operation}

    def beats(self, other: Trial[Any]) -> bool:
        """Whether the network does this task far better, by the rules of this module."""
        if self.beats_by_accuracy(other):
            return True
        n = len(self.log_loss)
        # At chance, a lower loss means nothing.
        if self.accuracy - other.accuracy < -_LEAST_ACCURACY_GAP or self.accuracy < 3 / math.sqrt(n):
            return False
        if len(other.log_loss) != n or self._has_larger_logits(other):
            return False
        difference = other.log_loss - self.log_loss
        mean = float(difference.mean())
        return mean >= _LEAST_LOG_LOSS_GAP and mean > _LOG_LOSS_Z * float(difference.std()) / math.sqrt(n)

    def beats_by_accuracy(self, other: Trial[Any]) -> bool:
        """Whether the network is right far more often."""
        gap, n = self.accuracy - other.accuracy, len(self.log_loss)
        if gap < _LEAST_ACCURACY_GAP:
            return False
        pooled = min(max((self.accuracy + other.accuracy) / 2, 1e-3), 1 - 1e-3)
        z = _ACCURACY_Z_OF_ALL_PAIRS if n == self.reading.p**2 else _ACCURACY_Z
        return gap > z * math.sqrt(2 * pooled * (1 - pooled) / n)

    def equals(self, other: Trial[Any]) -> bool:
        """Whether the losses of all pairs are the same."""
        same_pairs = len(self.log_loss) == len(other.log_loss)
        return same_pairs and bool(np.abs(self.log_loss - other.log_loss).max() < _EQUAL_LOG_LOSS)

    def _has_larger_logits(self, other: Trial[Any]) -> bool:
        reading, rival = self.reading, other.reading
        return bool(reading.attn_coeff < rival.attn_coeff or reading.transposed != rival.transposed)


def try_reading(reading: Reading, tensors: Mapping[str, Tensor], sample: Sample) -> list[Trial[Reading]]:
    """One trial for each operation of the sample."""
    return trials_of(reading, pair_logits(reading, tensors, sample.x, sample.y), sample)


def trials_of(reading: AnyReading, logits: Tensor, sample: Sample) -> list[Trial[AnyReading]]:
    """One trial for each operation, from the logits of the sample. [pair, z]"""
    losses = logits.logsumexp(dim=-1, keepdim=True) - logits.gather(1, sample.answers)  # [pair, operation]
    log_losses = losses.double().nan_to_num(nan=1e3).clamp_min(_LOSS_FLOOR).log().numpy()
    accuracies = (logits.argmax(dim=-1, keepdim=True) == sample.answers).double().mean(dim=0).tolist()
    return [
        Trial(reading, operation, accuracies[index], log_losses[:, index])
        for index, operation in enumerate(sample.operations)
    ]


def best_of(trials: Sequence[Trial[AnyReading]]) -> Trial[AnyReading]:
    """The trial that no other beats, the first of several; plain attention if that is as good as any other."""
    best = _winner(trials)
    if best.reading.attn_coeff != 1:
        plain = [trial for trial in trials if trial.reading.attn_coeff == 1 and not best.beats(trial)]
        best = _winner(plain) if plain else best
    return best


def _winner(trials: Sequence[Trial[AnyReading]]) -> Trial[AnyReading]:
    best = trials[0]
    for trial in trials[1:]:
        if trial.beats(best):
            best = trial
    return best
