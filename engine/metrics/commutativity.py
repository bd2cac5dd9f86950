"""Whether the logits of (x, y) are those of (y, x)."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.networks.config import Task


def commutativity(logits: Tensor, task: Task) -> float | None:
    """`||L(x, y) - L(y, x)|| / ||L||` of the logits minus their mean over pairs: 0 if the order does not matter.

    About sqrt 2 if the logits of (x, y) and of (y, x) are unrelated. For a network that subtracts the other pair is
    (-y, -x), whose answer is the same. None if no logit varies.

    [x, y, z]
    """
    p, epsilon = task.p, torch.finfo(logits.dtype).eps
    logits = logits.double()
    token = torch.arange(p, device=logits.device)
    mirrored = logits.transpose(0, 1)
    if task.has_sum_directions and task.sign == -1:
        mirrored = mirrored[-token % p][:, -token % p]
    difference = (logits - mirrored).square_().sum()
    norm = (logits - logits.mean(dim=(0, 1))).square_().sum()
    if not norm > (16 * epsilon * logits.abs().max()) ** 2 * logits.numel():
        return None
    return float((difference / norm).sqrt())
