"""Mean loss and accuracy, by split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy
from engine.metrics.logit_sums import LogitReader, Slab
from engine.networks.config import Task
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
    train, test = (values.flatten()[pairs.to(values.device)] for pairs in split.pairs)
    return BySplit(values.mean().item(), _mean(train), _mean(test))


def _mean(values: Tensor) -> float | None:
    return values.mean().item() if len(values) else None


@dataclass(frozen=True)
class Scores:
    """Mean cross-entropy and accuracy of a network."""

    loss: BySplit  # nats
    accuracy: BySplit  # share of right answers, 0 to 1


class LossReader:
    """Reads the logits of a network slab by slab; stores the loss of each pair.

    `LogitReader` does the same and sums the logits as well, for operations with sum directions.
    """

    def __init__(self, task: Task, device: torch.device | str = "cpu") -> None:
        self._answers = answers(task, device)
        self.loss = torch.empty(task.p, task.p, dtype=torch.float64, device=device)  # [x, y], nats
        self.right = torch.empty(task.p, task.p, dtype=torch.bool, device=device)  # [x, y]: the largest logit is right

    def read(self, slab: Slab) -> None:
        """Add a slab: rows of x, and their logits [x, y, z]."""
        x, logits = slab
        self.loss[x] = cross_entropy(logits, self._answers[x])
        self.right[x] = logits.argmax(dim=-1) == self._answers[x]


def reader_for(task: Task, device: torch.device | str = "cpu", keeps_odds: bool = False) -> LossReader | LogitReader:
    """A `LogitReader` if the task has sum directions, else a `LossReader`."""
    return LogitReader(task, device, keeps_odds) if task.has_sum_directions else LossReader(task, device)


def read_losses(slabs: Iterable[Slab], task: Task, device: torch.device | str = "cpu") -> LossReader | LogitReader:
    """Read the losses of all pairs, of any task."""
    reader = reader_for(task, device)
    for slab in slabs:
        reader.read(slab)
    return reader


def score(reader: LossReader | LogitReader, split: Split | None) -> Scores:
    """Mean loss and accuracy of the logits that a reader has read."""
    return Scores(by_split(reader.loss, split), by_split(reader.right, split))
