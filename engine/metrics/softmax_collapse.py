"""Softmax collapse: for how many inputs float32 rounds the sum of the softmax to its largest term.

There the loss is 0 to float32 and has no gradient. Source: Prieto et al. 2025, "Grokking at the Edge of Numerical
Stability" (arXiv:2501.04697).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.logit_sums import RightAndWrong, Slab
from engine.metrics.losses import BySplit, by_split
from engine.networks.config import Task
from engine.networks.scratch import Scratch
from engine.networks.split import Split
from engine.networks.task import answers


@dataclass(frozen=True)
class Collapse:
    """Shares of the pairs, and the smallest margin, over all pairs, the train pairs and the test pairs."""

    softmax_collapse: BySplit  # share of pairs whose float32 sum of exp(l_z - largest l) is exactly 1
    zero_loss: BySplit  # share of pairs whose float32 loss is exactly 0
    smallest_margin: BySplit  # of l_right - largest wrong l; negative where a pair is wrong


class CollapseReader:
    """Reads the logits of a network slab by slab: of the answers 0 .. p-1, converted to float32."""

    def __init__(self, task: Task, device: torch.device | str = "cpu") -> None:
        p = task.p
        self._answers, self._scratch = answers(task, device), Scratch()
        self.collapsed = torch.empty(p, p, dtype=torch.bool, device=device)  # [x, y]
        self.zero_loss = torch.empty(p, p, dtype=torch.bool, device=device)  # [x, y]
        self.margin = torch.empty(p, p, dtype=torch.float64, device=device)  # [x, y]

    def read(self, slab: Slab) -> None:
        """Add a slab: rows of x, and their logits [x, y, z]."""
        rows, logits = slab
        index = self._answers[rows][..., None]
        wrong = self._scratch.empty("wrong", logits.shape, logits.dtype, logits.device).copy_(logits)
        wrong.scatter_(-1, index, -torch.inf)
        apart = RightAndWrong(wrong, logits.gather(-1, index)[..., 0], wrong.amax(dim=-1))
        self._store(rows, apart, wrong.scatter_(-1, index, apart.right[..., None]))

    def read_ordered(self, rows: slice, apart: RightAndWrong) -> None:
        """Add rows of x whose pairs are in order of their answer. [x, s], [x, s, z]"""
        apart.wrong.diagonal(dim1=1, dim2=2).copy_(apart.right)
        self._store(rows, apart, apart.wrong, self._answers[rows])

    def _store(self, rows: slice, apart: RightAndWrong, logits: Tensor, order: Tensor | None = None) -> None:
        """`order` is the index of each y in the pairs of a row; overwrites `logits`. [x, y], [x, pair, z]"""
        right, largest = apart.right.float(), torch.maximum(apart.right, apart.largest_wrong).float()
        total = logits.float().sub_(largest[..., None]).exp_().sum(dim=-1)
        found = (
            (self.margin, apart.right.double() - apart.largest_wrong.double()),
            (self.collapsed, total == 1),
            (self.zero_loss, total.log() - (right - largest) == 0),
        )
        for grid, values in found:
            grid[rows] = values if order is None else values.gather(1, order)

    def collapse(self, split: Split | None) -> Collapse:
        """The shares, and the smallest margin."""
        return Collapse(by_split(self.collapsed, split), by_split(self.zero_loss, split), _smallest(self.margin, split))


def _smallest(values: Tensor, split: Split | None) -> BySplit:
    if split is None:
        return BySplit(values.min().item(), None, None)
    parts = (values.flatten()[pairs.to(values.device)] for pairs in split.pairs)
    of_train, of_test = (part.min().item() if len(part) else None for part in parts)
    return BySplit(values.min().item(), of_train, of_test)
