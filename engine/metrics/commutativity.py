"""Whether the logits of (x, y) are those of (y, x)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.metrics.logit_sums import largest_size
from engine.networks.config import Task

_ROWS = 8  # of a block


def commutativity(logits: Tensor, task: Task, squares: Tensor | None = None) -> float | None:
    """`||L(x, y) - L(y, x)|| / ||L||` of the logits minus their mean over pairs: 0 if the order does not matter.

    About sqrt 2 if the logits of (x, y) and of (y, x) are unrelated. For a network that subtracts the other pair is
    (-y, -x), whose answer is the same. None if no logit varies.

    `squares` is the sum of squares of the logits minus their mean over pairs, if it is known.

    [x, y, z]
    """
    epsilon = torch.finfo(logits.dtype).eps
    if squares is None:
        squares = (logits.double() - logits.mean(dim=(0, 1), dtype=torch.float64)).square_().sum()
    largest = largest_size(logits)
    if not squares > (16 * epsilon * largest) ** 2 * logits.numel():
        return None
    if task.has_sum_directions and task.sign == -1:
        token = torch.arange(task.p, device=logits.device)
        logits = logits[:, -token % task.p]  # over x and -y, the other pair has them exchanged
    return float((_antisymmetric_squares(logits) / squares.double()).sqrt())


def _antisymmetric_squares(grid: Tensor) -> Tensor:
    """The sum of squares of `grid[x, y] - grid[y, x]`, in float64: twice that of the pairs with y > x. [x, y, z]

    The blocks of rows that it takes fit into a cache.
    """
    total = torch.zeros((), dtype=torch.float64, device=grid.device)
    for start in range(0, len(grid), _ROWS):
        stop = start + _ROWS
        block = grid[start:stop, start:stop]
        total += (block - block.transpose(0, 1)).double().square_().sum()
        difference = grid[start:stop, stop:] - grid[stop:, start:stop].transpose(0, 1)
        total += 2 * difference.double().square_().sum()
    return total
