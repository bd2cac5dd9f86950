"""The settings that a trainer saves in a checkpoint: configs under several keys, and numbers and texts beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from engine.runs.torch_format.opaque_objects import InertObject, OpaqueGlobal
from engine.state_dicts.recorded_settings import SYNONYMS

_CONFIG_KEYS = (
    *("config", "cfg", "model_config", "args", "hparams", "hyper_parameters", "hyperparameters", "hyperparams"),
    *("hp", "opt", "settings", "model_args", "train_config", "training_config", "experiment_config", "metadata"),
)
# Numbers of a checkpoint that are no settings.
_NOT_SETTINGS = ("epoch", "step", "loss", "acc", "iter", "norm", "time", "grok", "metric", "best", "version")
# Mappings of a checkpoint that are no configs.
_NOT_CONFIGS = ("optim", "sched", "state", "rng", "grad", "model", "net", "module", "history", "losses")
_KNOWN_SETTINGS = tuple(name for names in SYNONYMS.values() for name in names)
_MAX_DEPTH = 8  # a pickled container may contain itself
_MAX_SETTINGS, _MAX_TEXT = 10_000, 10_000  # settings in a config, characters in one of them
_MAX_INT = 2**1023  # Python fails to convert larger ones to text or float
_MAX_JSON = 1 << 20  # characters of a config that is stored as JSON text


def config_in(payload: Mapping[str, Any]) -> dict[str, object]:
    """The recorded settings: dicts or the attributes of objects, then single values at the top level.

    Values that JSON cannot represent (a dtype, a device) become text. Of several configs the first one in the order of
    their usual names wins.
    """
    budget = _ItemBudget()
    settings: dict[str, object] = {}
    for name in _CONFIG_KEYS:
        config = _to_json(_unwrapped(payload.get(name)), budget)
        if isinstance(config, dict):
            settings = {**config, **settings}
    for name, value in payload.items():
        if isinstance(name, str) and name not in _CONFIG_KEYS and _holds_settings(name, value):
            settings.setdefault(name, _to_json(value, budget))
        if isinstance(name, str) and _is_setting(name, value) and name not in settings:
            settings[name] = _to_json(value, budget)
    return settings


def _unwrapped(value: object) -> object:
    """A config as a mapping: of an object its attributes, of JSON text its content, of metadata texts their values."""
    if isinstance(value, InertObject):
        value = vars(value)
    if isinstance(value, str) and value.lstrip().startswith("{") and len(value) <= _MAX_JSON:
        return _from_json(value)
    if isinstance(value, Mapping) and value and all(isinstance(item, str) for item in value.values()):
        return {key: _from_json(item) for key, item in value.items()}
    return value


def _from_json(text: str) -> object:
    """The value of a JSON text (a number, true, an object), else the text itself."""
    if len(text) > _MAX_JSON or text[:1] not in '{[-0123456789tfn"' or (text.isdecimal() and len(text) >= 20):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _holds_settings(name: str, value: object) -> bool:
    """Whether a value under an unusual name is a config: a mapping or object with a known setting."""
    if any(word in name.lower() for word in _NOT_CONFIGS):
        return False
    items = vars(value) if isinstance(value, InertObject) else value
    return isinstance(items, Mapping) and any(setting in items for setting in _KNOWN_SETTINGS)


def _is_setting(name: str, value: object) -> bool:
    """Whether a top-level value of a checkpoint is a setting, such as `p` or `op`, and not a result."""
    if not isinstance(value, bool | int | float | str) or len(name) > 60 or name in _CONFIG_KEYS:
        return False
    return not any(word in name.lower() for word in _NOT_SETTINGS)


class _ItemBudget:
    """Limits the number of converted items: a list can contain itself, or one list a million times."""

    def __init__(self) -> None:
        self._remaining = _MAX_SETTINGS

    def spend(self, items: int) -> bool:
        """Whether the budget covers them."""
        self._remaining -= items
        return self._remaining >= 0


def _to_json(value: object, budget: _ItemBudget, depth: int = _MAX_DEPTH) -> object:
    """Convert a value to JSON types; deep or long parts are cut."""
    if isinstance(value, InertObject):  # a module such as nn.GELU(), or a nested namespace
        value = _module_text(value) if "_parameters" in vars(value) else vars(value)
    if isinstance(value, Tensor) and value.numel() == 1 and value.device.type == "cpu":
        value = value.item()
    if isinstance(value, dict | list | tuple) and (depth == 0 or not budget.spend(1 + len(value))):
        return "..."
    if isinstance(value, dict):
        return {str(key)[:_MAX_TEXT]: _to_json(item, budget, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(item, budget, depth - 1) for item in value]
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < _MAX_INT):
        return value
    return str(value) if isinstance(value, torch.dtype | OpaqueGlobal) else f"a {type(value).__name__}"


def _module_text(module: InertObject) -> str:
    """A module as its config would name it: GELU(approximate='tanh')."""
    name, approximate = module.class_name.rpartition(".")[2], vars(module).get("approximate")
    return f"{name}(approximate={approximate[:20]!r})" if isinstance(approximate, str) else name
