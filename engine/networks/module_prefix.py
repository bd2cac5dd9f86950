"""The part of a forward pass before the neurons, recorded once and replayed while their activations are replaced.

All calls of torch before the neurons give the same results whatever replaces these, so their results are recorded for
one batch of pairs, and returned without computing anything while the same batch is run again. The module's own code
runs each time. A module for which that does not hold is run in full.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from engine.caching import tensor_bytes

# The results of one batch are held up to this size.
_MAX_BYTES = 128 << 20


@dataclass(frozen=True, eq=False)
class _Call:
    function: Callable[..., Any]
    result: Any


class _Diverged(Exception):
    """The module calls other functions than when it was recorded."""


class Prefix(TorchFunctionMode):
    """Records the calls of torch before `ended`, or replays them.

    `diverged` is whether a replay was given up: its results are void. `usable` is whether the module can be replayed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.usable = True
        self.diverged = False
        self._batch: Hashable = None
        self._calls: list[_Call] = []
        self._versions: list[int] = []
        self._is_before = self._replays = False
        self._next = self._depth = 0

    @contextmanager
    def pass_over(self, batch: Hashable) -> Iterator[None]:
        """A forward pass over a batch, replayed up to the neurons if it is the same as in the pass before."""
        if not self.usable:
            yield
            return
        self._replays = batch == self._batch
        if not self._replays:
            self._batch, self._calls = batch, []
        self._is_before, self.diverged, self._next = True, False, 0
        try:
            with self:
                yield
        except BaseException:
            self._forget()
            raise
        changed = not self._is_before and self._versions != self._current_versions()  # in place, after the neurons
        if self._is_before or self.diverged or changed:
            self._forget()

    def ended(self) -> None:
        """The neurons run now."""
        if not (self.usable and self._is_before):
            return
        self._is_before = False
        if self._replays:
            if self._next != len(self._calls):
                self._give_up()
            return
        self._versions = self._current_versions()
        if self._depth or -1 in self._versions or sum(map(tensor_bytes, self._tensors())) > _MAX_BYTES:
            self._forget()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if not self._is_before or func is torch._C._set_grad_enabled:  # it has no result but a state
            return func(*args, **(kwargs or {}))
        if self._replays:
            if self._next == len(self._calls) or self._calls[self._next].function != func:
                self._give_up()
            self._next += 1
            return self._calls[self._next - 1].result
        self._depth += 1
        try:
            result = func(*args, **(kwargs or {}))
        finally:
            self._depth -= 1
        self._calls.append(_Call(func, result))
        return result

    def _give_up(self) -> None:
        self.diverged, self._is_before = True, False
        raise _Diverged

    def _forget(self) -> None:
        self.usable, self._batch, self._calls, self._versions = False, None, [], []

    def _tensors(self) -> list[Tensor]:
        return [leaf for call in self._calls for leaf in tree_leaves(call.result) if isinstance(leaf, Tensor)]

    def _current_versions(self) -> list[int]:
        """How often each result was changed in place; tensors of inference mode do not count that."""
        return [-1 if tensor.is_inference() else tensor._version for tensor in self._tensors()]
