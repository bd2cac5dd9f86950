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
        self.nbytes_cached = 0

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
        size = tensor_bytes(value)
        with self._lock:
            if key in self._kept:  # another thread was faster
                return
            self._kept[key] = value, size
            self.nbytes_cached += size
            while self.nbytes_cached > self._most_bytes and len(self._kept) > 1:
                self.nbytes_cached -= self._kept.popitem(last=False)[1][1]


def tensor_bytes(value: Any) -> int:
    """Bytes of the tensors and arrays in a value, its dataclasses, tuples, lists and mappings searched."""
    if isinstance(value, Tensor | np.ndarray):
        return int(value.nbytes)
    if is_dataclass(value):
        return sum(tensor_bytes(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return sum(map(tensor_bytes, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(tensor_bytes, value))
    return 0
