"""Parse what trainers save in a checkpoint: the state dict, epoch, losses, config and split."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import UnreadableRun
from engine.networks.split import Split
from engine.runs.run import RecordedLosses
from engine.runs.torch_format.allowed_globals import InertObject
from engine.runs.torch_format.checkpoint_file import READABLE

MAX_EPOCH = 2**53  # float64 represents every whole number below this
_STATE_KEYS = ("model", "model_state_dict", "state_dict")
_CONFIG_KEYS = ("config", "cfg", "model_config", "args", "hparams")
_MAX_DEPTH = 8  # a pickled container may contain itself
_MAX_SETTINGS, _MAX_TEXT = 10_000, 10_000  # settings in a config, characters in one of them


def state_in(payload: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The state dict, nested in any of `model`, `model_state_dict`, `state_dict` or at the top level.

    Raises:
        UnreadableRun: there is no state dict.
    """
    state = payload
    for _ in range(_MAX_DEPTH):
        inner = [state[name] for name in _STATE_KEYS if isinstance(state.get(name), Mapping)]
        if not inner:
            break
        state = inner[0]
    if any(isinstance(value, Tensor) for value in state.values()):
        return state
    shown = ", ".join(str(name)[:60] for name in list(state)[:6]) or "nothing"
    raise UnreadableRun(f"{path} contains {shown}, but no state dict of tensors; {READABLE}.")


def epochs_in(payload: Mapping[str, Any]) -> tuple[int, ...]:
    """The recorded epoch and step, in that order, as far as they are recorded."""
    epochs: list[int] = []
    metadata = payload.get("metadata")
    for recorded in (payload, metadata) if isinstance(metadata, Mapping) else (payload,):
        for name in ("epoch", "step"):
            value = recorded.get(name)
            if isinstance(value, Tensor) and value.numel() == 1:
                value = value.item()
            if isinstance(value, str):
                value = _int_or_text(value)
            if type(value) is int and 0 <= value < MAX_EPOCH:
                epochs.append(value)
    return tuple(epochs)


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


LossList = NDArray[np.float64]  # [loss]


def losses_in(payload: Mapping[str, Any]) -> RecordedLosses | None:
    """The lists `train_losses` and `test_losses` (every epoch, or every n-th), else single losses of one epoch."""
    train, test = _numbers(payload.get("train_losses")), _numbers(payload.get("test_losses"))
    if train is None and test is None:
        epochs = epochs_in(payload)
        train, test = _numbers([payload.get("train_loss")]), _numbers([payload.get("test_loss")])
        if not epochs or (train is None and test is None):
            return None
        return _recorded_losses(epochs[0], 1, train, test)
    n_epochs = max(0 if losses is None else len(losses) for losses in (train, test))
    return _recorded_losses(0, n_epochs, train, test)


def _recorded_losses(first_epoch: int, n_epochs: int, train: LossList | None, test: LossList | None) -> RecordedLosses:
    warnings = []
    by_epoch = {"train": np.full(n_epochs, np.nan), "test": np.full(n_epochs, np.nan)}
    for name, losses in (("train", train), ("test", test)):
        if losses is None or not len(losses):
            continue
        if (indices := _infer_epochs(len(losses), n_epochs)) is None:
            warnings.append(f"{len(losses):,} {name} losses were skipped: they do not match the {n_epochs:,} epochs.")
        else:
            by_epoch[name][indices] = losses
    epochs = first_epoch + np.arange(n_epochs)
    return RecordedLosses(epochs, by_epoch["train"], by_epoch["test"], warnings=tuple(warnings))


def _infer_epochs(count: int, n_epochs: int) -> list[int] | None:
    """Infer the interval from the number of losses: every n-th epoch, or these and the last; None if neither fits."""
    for last in ([], [n_epochs - 1]):
        interval = -(-n_epochs // max(count - len(last), 1))
        epochs = [*range(0, n_epochs, interval), *last]
        if len(set(epochs)) == len(epochs) == count:
            return epochs
    return None


def align_losses(losses: RecordedLosses | None, last_epoch: int) -> tuple[RecordedLosses | None, tuple[str, ...]]:
    """The losses and warnings about them; None if the list is too short to be of every epoch up to the last."""
    if losses is None or len(losses.epochs) == 1 or losses.epochs[-1] + 1 >= last_epoch:
        return losses, () if losses is None else losses.warnings
    count = f"{len(losses.epochs):,} losses up to epoch {last_epoch:,}"
    return None, (f"{count} were skipped: the file does not record which epochs they belong to.",)


def _numbers(values: object) -> NDArray[np.float64] | None:
    numbers = _as_list(values)
    if not numbers or not all(isinstance(number, int | float) for number in numbers):
        return None
    return np.array(numbers, dtype=np.float64)


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
