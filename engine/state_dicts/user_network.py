"""Read checkpoints with a function of the user's (`--network`), from a state dict and recorded settings to a module.

The function returns a `torch.nn.Module` with the weights of the state dict, or that and a dict that says how it is
read, with the names of `OPTIONS`. A setting is explicit (by an option, then by that dict), else recorded, else inferred
or a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from engine.errors import UnreadableRun
from engine.networks.config import OPERATIONS, InvalidConfig, Operation, Task, require
from engine.networks.module_config import ModuleConfig
from engine.networks.module_inspection import DEFAULT_PROMPT, ModuleNames, inspect_module
from engine.networks.module_pass import forward
from engine.networks.module_weights import ModuleProgram, ModuleWeights
from engine.networks.task import answers
from engine.networks.user_code import code_digest, importing_from, load_function, running_user_code
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.network_option import NetworkOption
from engine.state_dicts.recorded_settings import recorded_task

_TASK = ("p", "prompt", "operation", "table")
_NAMES = ("neurons", "pre", "attention", "W_E", "W_U", "read_index")
_FUNCTIONS = ("inputs", "logits")
OPTIONS = (*_TASK, *_NAMES, *_FUNCTIONS)
_DOES_IT = 0.95  # accuracy of a network that does an operation
_ROUNDING = 1e-2  # relative, of a number in bfloat16
_MOST_PAIRS = 2048  # to try the operations on


@dataclass(frozen=True)
class UserNetwork:
    """The function behind `--network`, loaded once for a run, and the settings that it gets."""

    option: NetworkOption
    function: Callable[..., object]
    settings: Mapping[str, object]

    def weights(self, state: Mapping[str, object], source: str) -> ModuleWeights:
        """The weights of a checkpoint, with the module that the function builds of it.

        Raises:
            UserCodeError, InvalidConfig: as `build`.
            UnreadableRun: a parameter contains NaN or infinity.
        """
        return self.build(state, source)[0]

    def build(self, state: Mapping[str, object], source: str) -> tuple[ModuleWeights, Mapping[str, Any]]:
        """The weights, and how the function says that the module is read.

        Raises:
            UserCodeError: the function fails.
            InvalidConfig: it does not return a module with the weights of the state dict.
        """
        copied = {name: value.clone() if isinstance(value, Tensor) else value for name, value in state.items()}
        with running_user_code(str(self.option)), importing_from(self.option.file.absolute().parent):
            returned = self.function(copied, deepcopy(dict(self.settings)))
        module, described = returned if isinstance(returned, tuple) and len(returned) == 2 else (returned, {})
        if not isinstance(module, nn.Module) or not isinstance(described, Mapping):
            raise InvalidConfig(
                f"{self.option} returned a {type(returned).__name__}; expected a torch.nn.Module, or a pair of it and "
                "a dict such as dict(neurons='mlp.act', prompt='x y =')."
            )
        unknown = [name for name in described if name not in OPTIONS]
        require(
            not unknown, f"{self.option} returned the setting {unknown[:1]}; expected some of {', '.join(OPTIONS)}."
        )
        _require_weights_of(state, module, self.option)
        program = ModuleProgram.of(module, *(described.get(name) for name in _FUNCTIONS))
        return ModuleWeights.of(program, None, source), described


def read_user_network(
    state: Mapping[str, object],
    source: str,
    option: NetworkOption,
    recorded: Mapping[str, object],
    overrides: ModelOverrides,
) -> ModelReading:
    """Import the file of the option, build the module of a checkpoint and determine how the run is read.

    Raises:
        WrongUsage: there is no such file or function.
        UserCodeError: the code fails.
        InvalidConfig: p is not known, or a name or shape does not fit.
    """
    network = UserNetwork(option, load_function(option.file, option.function), recorded)
    weights, described = network.build(state, source)
    explicit = {**described, **_explicit(option, overrides)}
    in_file = recorded_task(recorded, source)
    settings = {**in_file, **explicit}
    require("p" in settings, f"{source} does not record p; pass --p, for example --p 113.")
    config = inspect_module(
        weights,
        ModuleNames(**{name: settings[name] for name in _NAMES if name in settings}),
        p=settings["p"],
        prompt=settings.get("prompt", DEFAULT_PROMPT),
        operation=settings.get("operation", "add"),
        table=settings.get("table"),
    )
    config = replace(config, code=str(option), code_sha256=code_digest(option.file, weights.program.module))
    operation = None if "operation" in settings else _operation_by_behaviour(weights, config)
    config = config if operation is None else replace(config, operation=operation)
    if "inputs" in described:
        explicit["prompt"] = None
    found = {name for name in ("neurons", "W_E") if getattr(config, name) is not None}
    inferred = (found | ({"operation"} if operation is not None else set())) - settings.keys()
    names = ("p", "prompt", "operation", *_NAMES)
    return ModelReading(
        config,
        explicit=tuple(name for name in names if name in explicit),
        recorded=tuple(name for name in names if name in in_file.keys() - explicit.keys()),
        inferred=tuple(name for name in names if name in inferred),
        assumed=tuple(name for name in ("prompt", "operation") if name not in {*explicit, *in_file, *inferred}),
        reader=network.weights,
    )


def _explicit(option: NetworkOption, overrides: ModelOverrides) -> dict[str, Any]:
    given = {**{name: getattr(overrides, name) for name in _TASK}, "neurons": option.neurons}
    return {name: value for name, value in given.items() if value is not None}


def _require_weights_of(state: Mapping[str, object], module: nn.Module, option: NetworkOption) -> None:
    """Check that a parameter of the module holds the numbers of a tensor of the state dict.

    Raises:
        UnreadableRun: none does, so that the module has random weights.
    """
    stored = [tensor for tensor in state.values() if isinstance(tensor, Tensor) and _varies(tensor)]
    own = [parameter for parameter in module.parameters() if _varies(parameter)]
    if not any(_has_same_numbers(parameter, tensor) for parameter in own for tensor in stored):
        raise UnreadableRun(
            f"{option} returned a module without the weights of the checkpoint; call "
            "module.load_state_dict(state_dict) in it."
        )


def _varies(tensor: Tensor) -> bool:
    """Whether a tensor is not constant, as new biases and norms are."""
    return tensor.numel() > 1 and bool(tensor.min() != tensor.max())


def _has_same_numbers(a: Tensor, b: Tensor) -> bool:
    """Whether two tensors have the same numbers in the same or transposed order, to the digits of half precision."""
    if a.numel() != b.numel():
        return False
    flat = a.detach().double().flatten().cpu()
    orders = (b, b.T) if b.ndim == 2 else (b,)
    return any(torch.allclose(flat, order.detach().double().flatten().cpu(), _ROUNDING, 0) for order in orders)


@torch.no_grad()
def _operation_by_behaviour(weights: ModuleWeights, config: ModuleConfig) -> Operation | None:
    """The only operation that the network does; None if it does none, or several."""
    weights = weights.to(torch.promote_types(weights.dtype, torch.float32))
    pairs = torch.randperm(config.p**2, generator=torch.Generator().manual_seed(0))[:_MOST_PAIRS]
    x, y = pairs // config.p, pairs % config.p
    predicted = forward(weights, config, x.to(weights.device), y.to(weights.device)).logits.argmax(dim=-1).cpu()
    done = []
    for operation in OPERATIONS:
        if operation == "table":
            continue
        right = answers(Task(config.p, operation))[x, y]
        if float((predicted == right).double().mean()) >= _DOES_IT:
            done.append(operation)
    return done[0] if len(done) == 1 else None
