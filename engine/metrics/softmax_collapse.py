"""Softmax collapse: for how many inputs float32 rounds the sum of the softmax to its largest term.

There the loss is 0 to float32 and has no gradient. Source: Prieto et al. 2025, "Grokking at the Edge of Numerical
Stability" (arXiv:2501.04697).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.logit_sums import Slab
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
        right = self._answers[rows][..., None]
        own = logits.gather(-1, right)
        values = self._scratch.empty("values", logits.shape, logits.dtype, logits.device).copy_(logits)
        largest_wrong = values.scatter_(-1, right, -torch.inf).amax(dim=-1, keepdim=True)
        self.margin[rows] = (own.double() - largest_wrong.double())[..., 0]
        largest = torch.maximum(own, largest_wrong).float()
        relative = values.scatter_(-1, right, own).float().sub_(largest)
        total = relative.exp_().sum(dim=-1, keepdim=True)
        self.collapsed[rows] = total[..., 0] == 1
        self.zero_loss[rows] = (total.log() - (own.float() - largest))[..., 0] == 0

    def collapse(self, split: Split | None) -> Collapse:
        """The shares, and the smallest margin."""
        return Collapse(by_split(self.collapsed, split), by_split(self.zero_loss, split), _smallest(self.margin, split))


def _smallest(values: Tensor, split: Split | None) -> BySplit:
    if split is None:
        return BySplit(values.min().item(), None, None)
    parts = (values.flatten()[pairs.to(values.device)] for pairs in split.pairs)
    of_train, of_test = (part.min().item() if len(part) else None for part in parts)
    return BySplit(values.min().item(), of_train, of_test)
