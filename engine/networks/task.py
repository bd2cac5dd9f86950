"""The task: the right answer for every pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

import torch
from torch import Tensor

from engine.networks.config import Operation, Task


def _divide(x: Tensor, y: Tensor, p: int) -> Tensor:
    """x times the inverse of y modulo the prime p, which is y^(p-2): 0 for y = 0, as trainers define it."""
    inverses = torch.tensor([pow(value, p - 2, p) for value in range(p)], device=y.device)
    return x * inverses[y]


_FORMULAS: Mapping[Operation, Callable[[Tensor, Tensor, int], Tensor]] = {
    "add": lambda x, y, p: x + y,
    "subtract": lambda x, y, p: x - y,
    "multiply": lambda x, y, p: x * y,
    "divide": _divide,
    "x^2+y^2": lambda x, y, p: x**2 + y**2,
    "x^2+xy+y^2": lambda x, y, p: x**2 + x * y + y**2,
    "x^3+xy": lambda x, y, p: x**3 + x * y,
}


@lru_cache(maxsize=16)
def answers(task: Task, device: torch.device | str = "cpu") -> Tensor:
    """The right answers, modulo p. [x, y]

    >>> answers(Task(3, "subtract")).tolist()
    [[0, 2, 1], [1, 0, 2], [2, 1, 0]]
    """
    p = task.p
    if task.table is not None:
        return torch.tensor(task.table, device=device).reshape(p, p)
    token = torch.arange(p, device=device)
    return _FORMULAS[task.operation](token[:, None], token[None, :], p) % p
