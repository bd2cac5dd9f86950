"""The task: the right answer to every pair of numbers."""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor

from engine.networks.config import SIGNS, Operation


@lru_cache(maxsize=16)
def answers(p: int, operation: Operation, device: torch.device | str = "cpu") -> Tensor:
    """(x + y) mod p or (x - y) mod p: the right answers. [x, y]"""
    token = torch.arange(p, device=device)
    return (token[:, None] + SIGNS[operation] * token[None, :]) % p
