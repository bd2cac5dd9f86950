"""A least-recently-used cache limited in bytes, not entries: entries of a large network are 1,000 times larger."""

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
    """Caches the results of `compute` by its arguments; thread-safe.

    Holds at most `max_bytes` of tensors and arrays and evicts the least recently used first. The newest value is
    always held, whatever its size. Errors are not cached.

    >>> zeros = ByteLimitedCache(lambda n: np.zeros(n), max_bytes=100)
    >>> zeros(10) is zeros(10)
    True
    >>> zeros.nbytes, len(zeros)
    (80, 1)
    """

    def __init__(self, compute: Callable[..., Value], max_bytes: int) -> None:
        self._compute = compute
        self._max_bytes = max_bytes
        self._entries: OrderedDict[tuple[Hashable, ...], tuple[Value, int]] = OrderedDict()
        self._lock = Lock()
        self.nbytes = 0

    def __call__(self, *key: Hashable) -> Value:
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key][0]
        value = self._compute(*key)  # without the lock: threads may compute different entries in parallel
        self._add(key, value)
        return value

    def peek(self, *key: Hashable) -> Value | None:
        """The cached result of these arguments; None without one. Computes nothing."""
        with self._lock:
            entry = self._entries.get(key)
        return None if entry is None else entry[0]

    def __len__(self) -> int:
        return len(self._entries)

    def _add(self, key: tuple[Hashable, ...], value: Value) -> None:
        size = tensor_bytes(value)
        with self._lock:
            if key in self._entries:  # another thread computed it meanwhile
                return
            self._entries[key] = value, size
            self.nbytes += size
            while self.nbytes > self._max_bytes and len(self._entries) > 1:
                _, (_, evicted_size) = self._entries.popitem(last=False)
                self.nbytes -= evicted_size


def tensor_bytes(value: Any) -> int:
    """Total size in bytes of the tensors and arrays in a value, including dataclasses, tuples, lists and mappings.

    >>> tensor_bytes({"a": np.zeros(3), "b": [np.zeros(2), "text"]})
    40
    """
    if isinstance(value, Tensor | np.ndarray):
        return int(value.nbytes)
    if is_dataclass(value):
        return sum(tensor_bytes(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, Mapping):
        return sum(map(tensor_bytes, value.values()))
    if isinstance(value, tuple | list):
        return sum(map(tensor_bytes, value))
    return 0
