"""Calls of torch functions that are bound once to fixed buffers, and repeated at every step of training.

A repeated call allocates nothing: for large tensors that costs as much as the arithmetic. A CUDA graph can record them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

_WARM_UP = 3  # repetitions before a recording, in which libraries allocate their workspaces


class Kernels:
    """A list of torch calls. Each one that is added writes into a new buffer, or into `out`, and returns it.

    >>> kernels, a = Kernels(), torch.ones(1, 2, 2)
    >>> b = kernels.add(torch.add, a, 1)
    >>> c = kernels.product(a, b)
    >>> _ = a.fill_(3)
    >>> kernels.run()
    >>> c.tolist()
    [[[24.0, 24.0], [24.0, 24.0]]]
    """

    def __init__(self) -> None:
        self._calls: list[Callable[[], object]] = []

    def run(self) -> None:
        """Repeat all calls in order."""
        for call in self._calls:
            call()

    def add(self, function: Callable[..., Any], *args: Any, out: Tensor | None = None, **options: Any) -> Tensor:
        """Add a call of a function that has an `out` argument."""
        if out is None:
            out = function(*args, **options)
        self._calls.append(partial(function, *args, **options, out=out))
        return out

    def add_in_place(self, function: Callable[..., Any], *args: Any, **options: Any) -> None:
        """Add a call of a function that changes one of its arguments."""
        self._calls.append(partial(function, *args, **options))

    def product(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        """Add `a @ b` for each run. [run, row, column]"""
        if len(a) > 1:
            is_outer = a.shape[2] == 1  # many times faster by broadcasting; equal except for the sign of zeros
            return self.add(torch.mul if is_outer else torch.bmm, a, b, out=out)
        # A batch of one product may be rounded differently from the product.
        return self.add(torch.mm, a[0], b[0], out=None if out is None else out[0])[None]

    def affine(self, bias: Tensor, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        """Add `bias + a @ b` for each run. [run, row, column]"""
        if len(a) > 1:
            return self.add(torch.baddbmm, bias, a, b, out=out)
        return self.add(torch.addmm, bias[0], a[0], b[0], out=None if out is None else out[0])[None]

    def row_sum(self, a: Tensor, out: Tensor | None = None) -> Tensor:
        """Add the sum over the rows of each run. [run, 1, column]"""
        return self.add(torch.sum, a, 1, keepdim=True, out=out)

    def contiguous(self, a: Tensor) -> Tensor:
        """Add a contiguous copy."""
        copy = a.clone(memory_format=torch.contiguous_format)
        self.add_in_place(copy.copy_, a)
        return copy


def repeatable(kernels: Kernels, device: torch.device) -> Callable[[], None]:
    """A function that repeats kernels; on a CUDA device they are recorded in a graph, which launches all at once."""
    if device.type != "cuda":
        return kernels.run
    return record_graph(kernels, device)


def record_graph(kernels: Kernels, device: torch.device) -> Callable[[], None]:
    """Record kernels on a CUDA device; returns the function that replays them."""
    with torch.cuda.device(device):
        stream = torch.cuda.Stream()
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(_WARM_UP):
                kernels.run()
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            kernels.run()
    replay: Callable[[], None] = graph.replay
    return replay
