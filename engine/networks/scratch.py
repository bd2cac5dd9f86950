"""Memory that a pass over slabs uses again for every slab.

New memory is not in the CPU cache, and the system clears it page by page: writing to it takes several times as long.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


class Scratch:
    """Tensors by name, for one pass in one thread. Each is valid until the same name is asked for again.

    >>> scratch = Scratch()
    >>> first = scratch.empty("pre", (9, 113), torch.float32)
    >>> last = scratch.empty("pre", (5, 113), torch.float32)
    >>> last.data_ptr() == first.data_ptr()
    True
    """

    def __init__(self) -> None:
        self._memory: dict[str, Tensor] = {}  # of one axis each
        self._parts: dict[str, Scratch] = {}

    def empty(self, name: str, shape: Sequence[int], dtype: torch.dtype, device: torch.device | str = "cpu") -> Tensor:
        """A tensor with any content, in the memory of the last one of this name if that is large enough."""
        size = math.prod(shape)
        memory = self._memory.get(name)
        if memory is None or len(memory) < size or memory.dtype != dtype:
            memory = self._memory[name] = torch.empty(size, dtype=dtype, device=device)
        return memory[:size].view(*shape)

    def part(self, name: str) -> Scratch:
        """Tensors of their own for a part of the pass, whose names may be the same."""
        return self._parts.setdefault(name, Scratch())
