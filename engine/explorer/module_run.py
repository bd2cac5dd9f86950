"""A `torch.nn.Module` of the user's as a run: of its present weights, or of several state dicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypedDict

from torch import Tensor, nn

from engine.errors import UnreadableRun, WrongUsage
from engine.networks.config import Operation
from engine.networks.module_config import ModuleConfig
from engine.networks.module_inspection import DEFAULT_PROMPT, ModuleNames, inspect_module
from engine.networks.module_weights import Inputs, Logits, ModuleProgram, ModuleWeights
from engine.runs.run import Checkpoint, Run
from engine.state_dicts.model_reading import ModelReading

StateDicts = Mapping[int, Mapping[str, Tensor]]  # by epoch
_NAMES = ("neurons", "pre", "attention", "W_E", "W_U", "read_index")


class ModuleOptions(TypedDict, total=False):
    """How a module is read; `neurons` to `read_index` are as in `ModuleNames`. All are optional."""

    prompt: str  # "x y =", the default, or "x, y": called with two tensors
    operation: Operation
    table: tuple[int, ...]  # of the operation "table"
    neurons: str
    pre: str
    attention: str
    W_E: str
    W_U: str
    read_index: int
    inputs: Inputs  # what the module is called with, for a batch of x and of y; replaces the prompt
    logits: Logits  # the logits in what the module returns
    checkpoints: StateDicts  # by epoch; default: the weights of the module
    epoch: int  # of the weights of the module; default: 0


def run_of_module(module: nn.Module, p: int, options: ModuleOptions) -> Run:
    """The run of a module that computes modulo p.

    Raises:
        WrongUsage: there is no checkpoint.
        UnreadableRun: a state dict is not one of the module.
        UserCodeError, InvalidConfig: as `inspect_module`.
    """
    program = ModuleProgram.of(module, options.get("inputs"), options.get("logits"))
    loaders = _loaders(program, options.get("checkpoints"), options.get("epoch", 0))
    names = {name: options[name] for name in _NAMES if name in options}  # type: ignore[literal-required]
    config = inspect_module(
        loaders[max(loaders)](),
        ModuleNames(**names),
        p=p,
        prompt=options.get("prompt", DEFAULT_PROMPT),
        operation=options.get("operation", "add"),
        table=options.get("table"),
    )
    return Run(
        name=config.module,
        path=Path(f"<{config.module}>"),  # no file
        container="module",
        config=config,
        checkpoints=tuple(Checkpoint(epoch, loaders[epoch]) for epoch in sorted(loaders)),
        reading=_reading(config, options),
    )


def _loaders(program: ModuleProgram, states: StateDicts | None, epoch: int) -> dict[int, Callable[[], ModuleWeights]]:
    """What loads the weights of each checkpoint, by epoch; those of the module are copied now."""
    if states is None:
        weights = ModuleWeights.of(program, None, type(program.module).__name__)
        return {epoch: lambda: weights}
    if not states:
        raise WrongUsage("checkpoints is empty; pass a state dict by its epoch, or nothing for the module's weights.")
    _require_copies(states)
    return {
        epoch: partial(ModuleWeights.of, program, state, f"checkpoints[{epoch}]") for epoch, state in states.items()
    }


def _require_copies(states: StateDicts) -> None:
    """Check that no two state dicts share a tensor: `module.state_dict()` has the module's own.

    Raises:
        UnreadableRun: two do.
    """
    owners: dict[int, int] = {}
    for epoch, state in states.items():
        for name, tensor in state.items():
            if not (isinstance(tensor, Tensor) and tensor.is_floating_point() and tensor.numel()):
                continue
            owner = owners.setdefault(tensor.data_ptr(), epoch)
            if owner != epoch:
                raise UnreadableRun(
                    f"checkpoints[{owner}] and checkpoints[{epoch}] share the tensor {name}; store copies, for example "
                    "copy.deepcopy(module.state_dict())."
                )


def _reading(config: ModuleConfig, options: ModuleOptions) -> ModelReading:
    """Which settings were given, which were found, and which are defaults."""
    given = {"p", *options} | ({"prompt"} if "inputs" in options else set())
    found = {name for name in ("neurons", "W_E") if getattr(config, name) is not None}
    settings = ("p", "prompt", "operation", *_NAMES)
    return ModelReading(
        config,
        explicit=tuple(name for name in settings if name in given),
        inferred=tuple(name for name in settings if name in found - given),
        assumed=tuple(name for name in ("prompt", "operation") if name not in given),
    )
