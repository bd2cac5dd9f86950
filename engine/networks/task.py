"""The task: the right answer for every pair."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from engine.networks.config import SIGNS, Operation


@lru_cache(maxsize=16)
def answers(p: int, operation: Operation, device: torch.device | str = "cpu") -> Tensor:
    """The right answers, (x + y) mod p or (x - y) mod p. [x, y]

    >>> answers(3, "subtract").tolist()
    [[0, 2, 1], [1, 0, 2], [2, 1, 0]]
    """
    token = torch.arange(p, device=device)
    return (token[:, None] + SIGNS[operation] * token[None, :]) % p
