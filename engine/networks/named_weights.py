"""The weights of a network of any architecture: tensors by their names in TransformerLens, checked by shape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import torch
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.denormals import flush_denormals
from engine.networks.overflow import is_finite, require_finite


@dataclass(frozen=True)
class Shape:
    """The shape of a tensor.

    `fill` is the number that a missing one is filled with; None if it must not be missing. `token_axis` is the axis
    whose first p indices are the numbers, if there is one.
    """

    size: tuple[int, ...]
    fill: float | None = None
    token_axis: int | None = None


@dataclass(frozen=True, eq=False)
class NamedWeights:
    """Tensors by name, such as `blocks.0.attn.W_Q`. All have one dtype and device."""

    tensors: Mapping[str, Tensor]
    token_axes: Mapping[str, int]  # of the tensors over tokens or answers

    @staticmethod
    def of(tensors: Mapping[str, Tensor], shapes: Mapping[str, Shape], source: str) -> NamedWeights:
        """Check the names, shapes and values of `tensors`; `source` names the file in error messages.

        Missing biases become zeros, missing weights of a norm ones.

        Raises:
            UnreadableRun: a tensor is missing, unknown, has the wrong shape or dtype, or contains NaN or infinity.
        """
        unknown = next((name for name in tensors if name not in shapes), None)
        if unknown is not None:
            raise UnreadableRun(f"{source} has a tensor {unknown}, which this network does not have.")
        present = list(tensors.values())
        dtype = present[0].dtype if present else torch.float32
        for tensor in present:
            dtype = torch.promote_types(dtype, tensor.dtype)
        checked: dict[str, Tensor] = {}
        for name, shape in shapes.items():
            if name in tensors:
                _check(name, tensors[name], shape, source)
                checked[name] = tensors[name].to(dtype)
            elif shape.fill is None:
                raise UnreadableRun(f"{source} has no tensor {name}; expected one of shape {list(shape.size)}.")
            else:
                checked[name] = torch.full(shape.size, shape.fill, dtype=dtype)
        axes = {name: shape.token_axis for name, shape in shapes.items() if shape.token_axis is not None}
        return NamedWeights(MappingProxyType(checked), axes)

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def __contains__(self, name: object) -> bool:
        return name in self.tensors

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Names and tensors, in the order of the shapes."""
        yield from self.tensors.items()

    @property
    def dtype(self) -> torch.dtype:
        return next(iter(self.tensors.values())).dtype

    @property
    def device(self) -> torch.device:
        return next(iter(self.tensors.values())).device

    def to(self, dtype: torch.dtype | None = None, device: torch.device | str | None = None) -> NamedWeights:
        """Convert to another dtype or device.

        Raises:
            OutOfRange: a value is too large for the dtype.
        """
        moved = {name: tensor.to(device=device, dtype=dtype) for name, tensor in self.items()}
        if dtype is not None and torch.finfo(dtype).max < torch.finfo(self.dtype).max:
            moved = {name: require_finite(name, tensor) for name, tensor in moved.items()}
        return replace(self, tensors=MappingProxyType(moved))

    def without_denormals(self) -> NamedWeights:
        """With 0 for numbers below the normal range (`denormals`)."""
        return replace(self, tensors=MappingProxyType({name: flush_denormals(tensor) for name, tensor in self.items()}))

    def clone(self) -> NamedWeights:
        """A copy with tensors of its own."""
        return replace(self, tensors=MappingProxyType({name: tensor.clone() for name, tensor in self.items()}))

    def select_tokens(self, tokens: Tensor, p: int) -> NamedWeights:
        """The weights of the network on some of the p number tokens, in the given order; other tokens stay."""

        def select(name: str, tensor: Tensor) -> Tensor:
            if name not in self.token_axes:
                return tensor
            axis = self.token_axes[name]
            others = torch.arange(p, tensor.shape[axis])
            return tensor.index_select(axis, torch.cat([tokens.cpu(), others]).to(tensor.device))

        return replace(self, tensors=MappingProxyType({name: select(name, tensor) for name, tensor in self.items()}))


def _check(name: str, tensor: Tensor, shape: Shape, source: str) -> None:
    if tuple(tensor.shape) != shape.size:
        raise UnreadableRun(f"{source}: {name} has shape {list(tensor.shape)}; expected {list(shape.size)}.")
    if not tensor.is_floating_point():
        raise UnreadableRun(f"{source}: {name} has dtype {tensor.dtype}; expected a floating-point dtype.")
    if not is_finite(tensor):
        raise UnreadableRun(f"{source}: {name} contains NaN or infinity; its metrics would be meaningless.")
