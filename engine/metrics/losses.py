"""Cross-entropy in float64 and accuracy, by split."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.logit_sums import LogitReader
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
    train = torch.from_numpy(split.train).to(values.device)
    return BySplit(values.mean().item(), _mean(values[train]), _mean(values[~train]))


def _mean(values: Tensor) -> float | None:
    return values.mean().item() if len(values) else None


def cross_entropy(logits: Tensor, task: Task, x: slice = slice(None)) -> Tensor:
    """Cross-entropy (nats) of each pair, over the p answers, in float64. [x, y, z] -> [x, y]

    `x` selects the rows of the grid that `logits` holds.
    """
    logits = logits.double()
    answer = answers(task, logits.device)[x]
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
