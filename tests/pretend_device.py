"""A pretend CUDA device: drives the code path of a GPU on a machine without one.

A `PretendTensor` reports the device `cuda:0`, computes on the CPU, and refuses to mix with CPU tensors where CUDA
would. Inside `pretend_cuda()` whatever names the device "cuda" makes such tensors: `torch.zeros(3, device="cuda")`,
`tensor.to("cuda")`. Kernels, streams, graphs and rounding are the CPU's: only the placement of tensors is tested.

Source of the rules: tensors of two devices mix only in copies; besides, CUDA takes CPU tensors without dimensions in
arithmetic and CPU tensors as indices (https://docs.pytorch.org/docs/stable/notes/cuda.html). PyTorch documents wrapper
tensors by example only; the names with an underscore are those of its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from unittest.mock import patch

import numpy as np
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils import _pytree as pytree
from torch.utils._python_dispatch import return_and_correct_aliasing

from engine.networks.pair_step import kernels

aten = torch.ops.aten
DEVICE = torch.device("cuda", 0)
FREE_BYTES = 8 << 30

_COPIES = {aten.copy_.default, aten._to_copy.default}
_WITH_INDICES = {aten.index.Tensor, aten.index_put.default, aten.index_put_.default}


class PretendTensor(Tensor):
    """A tensor on the pretend device; `inner` holds its values on the CPU."""

    inner: Tensor
    __torch_function__ = torch._C._disabled_torch_function_impl  # as PyTorch's docs say for wrappers

    @staticmethod
    def __new__(cls, inner: Tensor) -> Self:
        tensor = Tensor._make_wrapper_subclass(
            cls,
            inner.size(),
            strides=inner.stride(),
            storage_offset=inner.storage_offset(),
            dtype=inner.dtype,
        )
        tensor.inner = inner
        return tensor

    @classmethod
    def __torch_dispatch__(cls, operation: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        _refuse_mixing(operation, args, kwargs)
        result = operation(*pytree.tree_map(_unwrapped, args), **pytree.tree_map(_unwrapped, kwargs))
        if operation in _COPIES and not isinstance(args[0], PretendTensor):  # into a CPU tensor
            return result
        # What works in place returns its operand, and a view knows its base.
        return return_and_correct_aliasing(operation, args, kwargs, pytree.tree_map_only(Tensor, cls, result))

    @property
    def device(self) -> torch.device:  # type: ignore[override]
        return DEVICE

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        return True

    def to(self, *args: Any, **kwargs: Any) -> Tensor:
        """A change of dtype stays here; `to("cpu")` leaves."""
        device, args, kwargs = _split_device(args, kwargs)
        if device is None or device.type == "cuda":
            return super().to(*args, **kwargs) if args or kwargs else self
        return _Leave.apply(self).to(*args, **kwargs)

    def cpu(self, *args: Any, **kwargs: Any) -> Tensor:
        return self.to("cpu")

    def numpy(self, *, force: bool = False) -> np.ndarray:
        raise TypeError("can't convert cuda:0 device type tensor to numpy; use Tensor.cpu() first")

    def tolist(self) -> Any:
        return self.inner.tolist()

    def __repr__(self, **_: Any) -> str:
        return f"PretendTensor({self.inner!r})"


class _Leave(torch.autograd.Function):
    """From the pretend device to the CPU; the gradient returns."""

    @staticmethod
    def forward(ctx: Any, tensor: PretendTensor) -> Tensor:
        return tensor.inner.clone()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> PretendTensor:
        return PretendTensor(gradient)


class _Redirect(TorchFunctionMode):
    """Functions that are to make a CUDA tensor make a `PretendTensor`."""

    def __torch_function__(self, function: Callable[..., Any], types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if function is Tensor.cuda:
            function, args = Tensor.to, (args[0], DEVICE)
        if function is Tensor.to and not isinstance(args[0], PretendTensor):
            device, rest, options = _split_device(args[1:], kwargs)
            if device is not None and device.type == "cuda":
                moved = args[0].to(*rest, **options) if rest or options else args[0]
                return PretendTensor(moved.detach().clone())
        elif kwargs.get("device") is not None and torch.device(kwargs["device"]).type == "cuda":
            made = function(*args, **kwargs | {"device": "cpu"})
            return made if isinstance(made, PretendTensor) else PretendTensor(made)
        return function(*args, **kwargs)


@contextmanager
def pretend_cuda() -> Iterator[None]:
    """A machine with one CUDA device, as far as placement goes."""
    with (
        patch.object(torch.cuda, "is_available", lambda: True),
        patch.object(torch.cuda, "mem_get_info", lambda device=None: (FREE_BYTES, FREE_BYTES)),
        patch.object(torch.cuda, "is_current_stream_capturing", lambda: False),
        patch.object(torch.cuda, "memory_reserved", lambda device=None: 0),
        patch.object(torch.cuda, "memory_allocated", lambda device=None: 0),
        patch.object(kernels, "record_graph", lambda recorded, device: recorded.run),
        _Redirect(),
    ):
        yield


def _refuse_mixing(operation: Any, args: Any, kwargs: Any) -> None:
    """Raise where CUDA would: an operation on tensors of both devices."""
    if operation in _COPIES:
        return
    if operation in _WITH_INDICES:
        if not isinstance(args[0], PretendTensor):
            raise RuntimeError("indices should be either on cpu or on the same device as the indexed tensor (cpu)")
        args = (args[0], *args[2:])  # CUDA takes indices of the CPU
    on_cpu = [
        leaf
        for leaf in pytree.tree_leaves((args, kwargs))
        if isinstance(leaf, Tensor) and not isinstance(leaf, PretendTensor) and leaf.dim() > 0
    ]
    if on_cpu:
        raise RuntimeError(
            f"Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu: "
            f"{operation} with {[tuple(tensor.shape) for tensor in on_cpu]} on the CPU"
        )


def _unwrapped(value: Any) -> Any:
    if isinstance(value, PretendTensor):
        return value.inner
    return torch.device("cpu") if value == DEVICE and isinstance(value, torch.device) else value


def _split_device(args: Any, kwargs: Any) -> tuple[torch.device | None, tuple[Any, ...], dict[str, Any]]:
    """The device among the arguments of `Tensor.to`, and the other arguments."""
    if args and isinstance(args[0], Tensor):  # to(other)
        return args[0].device, (args[0].dtype, *args[1:]), dict(kwargs)
    named = [arg for arg in args if isinstance(arg, (str, torch.device))] or [kwargs.get("device")]
    rest = tuple(arg for arg in args if not isinstance(arg, (str, torch.device)))
    options = {name: value for name, value in kwargs.items() if name != "device"}
    return None if named[0] is None else torch.device(named[0]), rest, options
