"""Find the state dict in what a trainer saved: under a usual key, at the top level, or in the only other place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from engine.errors import UnreadableRun
from engine.runs.torch_format.checkpoint_file import READABLE
from engine.runs.torch_format.opaque_objects import InertObject

# Keys of state dicts, the preferred one first.
_STATE_KEYS = (
    *("model", "model_state_dict", "state_dict", "model_state", "net", "network", "params", "model_weights"),
    *("weights", "module", "model_dict", "net_state_dict", "network_state_dict", "net_state", "state", "parameters"),
    *("transformer", "transformer_state_dict", "generator", "checkpoint", "model_params", "ema_model", "ema"),
)
_MAX_MODULES = 20  # inside one another
_MAX_DEPTH = 8  # a pickled container may contain itself


def state_in(payload: Mapping[str, Any], source: object) -> Mapping[str, Any]:
    """The state dict in a payload.

    It is a mapping from names to tensors, at least one of them with two axes or more. Usual keys are tried first, then
    the payload itself, then all other keys except those of an optimizer.

    Raises:
        UnreadableRun: there is no state dict, or several under unusual keys.
    """
    if (state := find_state(payload)) is not None:
        return state
    found = {name: state for name, state in _nested(payload).items() if not _is_of_training(name)}
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        raise UnreadableRun(
            f"{source} contains several state dicts ({_shown(found)}); save the one of the network as `model`."
        )
    raise UnreadableRun(f"{source} contains {_shown(payload)}, but no state dict of a network; {READABLE}.")


def find_state(payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The state dict under usual keys of a payload, else the payload itself if it is one, else None."""
    return _under_usual_keys(payload, set())


def as_mapping(value: object) -> Mapping[str, Any] | None:
    """The items of a mapping, the parameters of a module, the attributes of another object; None for other values."""
    if isinstance(value, InertObject):
        return _module_state(value, set()) or vars(value)
    return value if isinstance(value, Mapping) else None


def _module_state(module: object, seen: set[int], prefix: str = "") -> dict[str, Any]:
    """The state dict of a pickled `torch.nn.Module`; empty if the object is none.

    A module inside several others is taken once, so that the time is linear in the size of the file.
    """
    if not isinstance(module, InertObject) or id(module) in seen or prefix.count(".") > _MAX_MODULES:
        return {}
    seen.add(id(module))
    attributes = vars(module)
    tables = [attributes.get("_parameters"), attributes.get("_buffers")]
    items = (item for table in tables if isinstance(table, Mapping) for item in table.items())
    state = {f"{prefix}{name}": tensor for name, tensor in items if isinstance(tensor, Tensor)}
    modules = attributes.get("_modules")
    for name, inner in modules.items() if isinstance(modules, Mapping) else ():
        state |= _module_state(inner, seen, f"{prefix}{str(name)[:60]}.")
    return state


def is_state(value: object) -> bool:
    """Whether a value is a mapping with weights: a floating-point tensor of two axes or more under a text key."""
    return isinstance(value, Mapping) and any(
        isinstance(tensor, Tensor) and tensor.ndim >= 2 and tensor.is_floating_point() and isinstance(name, str)
        for name, tensor in value.items()
    )


def _under_usual_keys(payload: Mapping[str, Any], seen: set[int], depth: int = _MAX_DEPTH) -> Mapping[str, Any] | None:
    """The state dict under usual keys, else the payload itself if it is one."""
    seen.add(id(payload))
    for name in _STATE_KEYS if depth else ():
        inner = as_mapping(payload.get(name))
        if inner is not None and id(inner) not in seen:
            state = _under_usual_keys(inner, seen, depth - 1)
            if state is not None:
                return state
    return payload if is_state(payload) else None


def _nested(payload: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The state dicts under any key of a payload, by these keys."""
    seen, found = {id(payload)}, {}
    for name, value in payload.items():
        inner = as_mapping(value)
        if inner is not None and id(inner) not in seen and (state := _under_usual_keys(inner, seen)) is not None:
            found[str(name)] = state
    return found


def _is_of_training(name: str) -> bool:
    return "optim" in name.lower() or "scheduler" in name.lower() or "grad" in name.lower()


def _shown(names: Mapping[str, Any]) -> str:
    shown = [str(name)[:60] for name in list(names)[:6]]
    return ", ".join(shown) + (", ..." if len(names) > len(shown) else "") or "nothing"
