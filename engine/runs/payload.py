"""Parse what trainers save in a checkpoint beside the state dict: epoch, config and split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.networks.split import Split
from engine.runs.epoch_names import MAX_EPOCH, parse_epoch
from engine.runs.torch_format.allowed_globals import InertObject

_EPOCH_KEYS = ("epoch", "current_epoch", "step", "global_step", "iteration", "iter")
_EPOCH_PLACES = ("metadata", "meta")
_CONFIG_KEYS = ("config", "cfg", "model_config", "args", "hparams")
SPLIT_KEYS = ("train_indices", "train_data")
_MAX_DEPTH = 8  # a pickled container may contain itself
_MAX_SETTINGS, _MAX_TEXT = 10_000, 10_000  # settings in a config, characters in one of them


def epochs_in(payload: Mapping[str, Any]) -> tuple[int, ...]:
    """The recorded epochs and steps, as far as they are recorded: the epoch first."""
    places = (payload, *(inner for name in _EPOCH_PLACES if isinstance(inner := payload.get(name), Mapping)))
    epochs = (_whole_number(place.get(name)) for place in places for name in _EPOCH_KEYS)
    return tuple(epoch for epoch in epochs if epoch is not None)


def _whole_number(value: Any) -> int | None:
    """An epoch recorded as a number, a tensor of one number, or text; None if it is none."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, str):
        return parse_epoch(value)
    if type(value) not in (int, float) or not 0 <= value < MAX_EPOCH or value != int(value):
        return None
    return int(value)


def _int_or_text(text: str) -> int | str:
    """The number that a text spells, else the text; Python refuses to parse thousands of digits."""
    return int(text) if text.isdecimal() and len(text) < 20 else text


def config_in(payload: Mapping[str, Any]) -> dict[str, object]:
    """The recorded config, a dict or the attributes of an object; empty if there is none.

    Values that JSON cannot represent (a dtype, a device) become text.
    """
    for name in _CONFIG_KEYS:
        value = payload.get(name)
        if isinstance(value, InertObject):
            value = vars(value)
        if isinstance(value, Mapping):
            config = _to_json(value, _ItemBudget())
            return config if isinstance(config, dict) else {}
    metadata = payload.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    return {str(key): _int_or_text(item) for key, item in metadata.items() if isinstance(item, str)}


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
    if isinstance(value, dict | list | tuple) and (depth == 0 or not budget.spend(1 + len(value))):
        return "..."
    if isinstance(value, dict):
        return {str(key)[:_MAX_TEXT]: _to_json(item, budget, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_to_json(item, budget, depth - 1) for item in value]
    if isinstance(value, str):
        return value[:_MAX_TEXT]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value) if isinstance(value, torch.dtype) else f"a {type(value).__name__}"


def split_in(payload: Mapping[str, Any], p: int) -> Split | None:
    """The split in `train_indices` (x * p + y), else in the pairs of `train_data`; None if neither is stored."""
    indices = _as_list(payload.get("train_indices"))
    if indices is None:
        indices = _pair_indices(_as_list(payload.get("train_data")), p)
    if not indices or len(indices) >= p * p or not all(_is_index(index, p * p) for index in indices):
        return None
    train = np.zeros(p * p, dtype=np.bool_)
    train[indices] = True
    return Split(train.reshape(p, p), "file")


def _as_list(values: object) -> list[Any] | None:
    if isinstance(values, Tensor):
        values = values.tolist()
    if not isinstance(values, list | tuple):
        return None
    # A list may contain tensors of one number; the caller rejects anything else.
    return [value.item() if isinstance(value, Tensor) and value.numel() == 1 else value for value in values]


def _pair_indices(pairs: list[Any] | None, p: int) -> list[int] | None:
    """Indices of pairs stored as prompts of two or three tokens that start with x and y."""
    indices: list[int] = []
    for pair in pairs or []:
        if not isinstance(pair, list | tuple) or len(pair) not in (2, 3):
            return None
        x, y = pair[:2]
        if not _is_index(x, p) or not _is_index(y, p):
            return None
        indices.append(x * p + y)
    return indices


def _is_index(value: object, limit: int) -> bool:
    return type(value) is int and 0 <= value < limit
