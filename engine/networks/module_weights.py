"""The parameters and buffers of a `torch.nn.Module` at one checkpoint, beside the module that computes with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import UnreadableRun
from engine.networks.overflow import is_finite, require_finite

_COMPILED = "_orig_mod."  # before the names in the state dict of a compiled module
Inputs = Callable[[Tensor, Tensor], Any]  # what the module is called with for a batch of x and y
Logits = Callable[[Any], Tensor]  # the logits in what the module returns


@dataclass(frozen=True, eq=False)
class ModuleProgram:
    """A module, whose own weights are not used, and how it is called.

    `inputs` and `logits` are functions of the user's that replace the prompt and the search for the logits.
    """

    module: nn.Module
    inputs: Inputs | None = None
    logits: Logits | None = None

    @staticmethod
    def of(module: nn.Module, inputs: Inputs | None = None, logits: Logits | None = None) -> ModuleProgram:
        """The program of a module; of a compiled one, which runs no hooks, the original."""
        original = getattr(module, "_orig_mod", module)
        return ModuleProgram(original if isinstance(original, nn.Module) else module, inputs, logits)


@dataclass(frozen=True, eq=False)
class ModuleWeights:
    """Parameters and buffers by name. `tokens` are the numbers that x, y and z stand for; None for all, in order."""

    program: ModuleProgram
    parameters: Mapping[str, Tensor]
    buffers: Mapping[str, Tensor]
    tokens: Tensor | None = None

    @staticmethod
    def of(program: ModuleProgram, state: Mapping[str, object] | None, source: str) -> ModuleWeights:
        """Copy the weights of a state dict, by default those of the module; `source` names it in error messages.

        Buffers that a state dict does not have are those of the module.

        Raises:
            UnreadableRun: a parameter is missing, unknown, has the wrong shape, or contains NaN or infinity.
        """
        module = program.module
        own = dict(module.named_parameters())
        buffers = dict(module.named_buffers())
        stored = own if state is None else _tensors_in(state, module, source)
        for name, tensor in own.items():
            _check(name, stored.get(name), tensor, source)
        return ModuleWeights(
            program,
            MappingProxyType({name: stored[name].detach().clone() for name in own}),
            MappingProxyType({name: stored.get(name, buffer).detach().clone() for name, buffer in buffers.items()}),
        )

    @property
    def dtype(self) -> torch.dtype:
        """The widest dtype of the parameters."""
        dtype = torch.float16
        for tensor in self.parameters.values():
            dtype = torch.promote_types(dtype, tensor.dtype)
        return dtype if self.parameters else torch.float32

    @property
    def device(self) -> torch.device:
        tensors = [*self.parameters.values(), *self.buffers.values()]
        return tensors[0].device if tensors else torch.device("cpu")

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Names and tensors of the parameters, in the order of the module; tied ones once."""
        yield from self.parameters.items()

    def to(self, dtype: torch.dtype | None = None, device: torch.device | str | None = None) -> ModuleWeights:
        """Convert floating-point tensors to another dtype, and all to another device.

        Raises:
            OutOfRange: a value is too large for the dtype.
        """

        def moved(tensor: Tensor) -> Tensor:
            return tensor.to(device=device, dtype=dtype if tensor.is_floating_point() else None)

        parameters = {name: moved(tensor) for name, tensor in self.parameters.items()}
        if dtype is not None and torch.finfo(dtype).max < torch.finfo(self.dtype).max:
            parameters = {name: require_finite(name, tensor) for name, tensor in parameters.items()}
        buffers = {name: moved(tensor) for name, tensor in self.buffers.items()}
        return replace(self, parameters=MappingProxyType(parameters), buffers=MappingProxyType(buffers))

    def select_tokens(self, tokens: Tensor, p: int) -> ModuleWeights:
        """The same weights, for some of the p number tokens, in the given order."""
        return replace(self, tokens=tokens if self.tokens is None else self.tokens[tokens])

    def parameter(self, name: str) -> Tensor:
        """The tensor of a parameter, also under another name of a tied one."""
        if name in self.parameters:
            return self.parameters[name]
        tied = self.program.module.get_parameter(name)
        return next(self.parameters[other] for other, own in self.program.module.named_parameters() if own is tied)


def _tensors_in(state: Mapping[str, object], module: nn.Module, source: str) -> dict[str, Tensor]:
    """The tensors of a state dict by the names of `named_parameters` and `named_buffers`.

    Raises:
        UnreadableRun: the module has no tensor of some name.
    """
    tensors = {name.removeprefix(_COMPILED): value for name, value in state.items() if isinstance(value, Tensor)}
    known = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
    names = {name for name, _ in known}
    unknown = [name for name in tensors if name not in names]
    if unknown:
        raise UnreadableRun(f"{source} has a tensor {unknown[0]}, which the module does not have.")
    first_names: dict[int, str] = {}
    for name, tensor in known:
        first_names.setdefault(id(tensor), name)
    return {first_names[id(tensor)]: tensors[name] for name, tensor in known if name in tensors}


def _check(name: str, tensor: Tensor | None, own: Tensor, source: str) -> None:
    if tensor is None:
        raise UnreadableRun(f"{source} has no tensor {name}; expected one of shape {list(own.shape)}.")
    if tensor.shape != own.shape:
        raise UnreadableRun(f"{source}: {name} has shape {list(tensor.shape)}; expected {list(own.shape)}.")
    if not is_finite(tensor):
        raise UnreadableRun(f"{source}: {name} contains NaN or infinity; its metrics would be meaningless.")
