"""A cache that is bounded in bytes: entries of a large model are a thousand times those of a small one."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
from torch import Tensor

Value = TypeVar("Value")


class ByteLimitedCache(Generic[Value]):
    """Calls `compute` once for each set of arguments; what was used least recently goes first.

    Kept are at most `most_bytes` of tensors and arrays, and the newest value whatever its size.
    """

    def __init__(self, compute: Callable[..., Value], most_bytes: int) -> None:
        self._compute = compute
        self._most_bytes = most_bytes
        self._kept: OrderedDict[tuple[Hashable, ...], tuple[Value, int]] = OrderedDict()
        self._lock = Lock()
        self.held_bytes = 0

    def __call__(self, *key: Hashable) -> Value:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key][0]
        value = self._compute(*key)
        self._keep(key, value)
        return value

    def __len__(self) -> int:
        return len(self._kept)

    def _keep(self, key: tuple[Hashable, ...], value: Value) -> None:
        size = size_of(value)
        with self._lock:
            if key in self._kept:  # another thread was faster
                return
            self._kept[key] = value, size
            self.held_bytes += size
            while self.held_bytes > self._most_bytes and len(self._kept) > 1:
                self.held_bytes -= self._kept.popitem(last=False)[1][1]


def size_of(value: Any) -> int:
    """Bytes of the tensors and arrays in a value, its dataclasses, tuples, lists and mappings searched."""
    if isinstance(value, Tensor | np.ndarray):
        return int(value.nbytes)
    if is_dataclass(value):
        return sum(size_of(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return sum(map(size_of, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(size_of, value))
    return 0
