"""What trainers save beside the weights: the state dict found, the epoch, losses, config and split read."""

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
from engine.runs.torch_format.allowed_globals import RecordedConfig
from engine.runs.torch_format.checkpoint_file import READABLE

_WRAPPERS = ("model", "model_state_dict", "state_dict")
_DEEPEST = 8  # a pickle may hold itself
MAX_EPOCH = 2**53  # from here on floating-point numbers skip some
_MOST_RECORDED, _LONGEST_TEXT = 10_000, 10_000  # settings of a config, and characters of one
_CONFIGS = ("config", "cfg", "model_config", "args", "hparams")


def state_in(payload: Mapping[str, Any], path: Path) -> Mapping[str, Any]:
    """The state dict, through any nesting of `model`, `model_state_dict`, `state_dict`.

    Raises:
        UnreadableRun: there is none.
    """
    state = payload
    for _ in range(_DEEPEST):
        inner = [state[name] for name in _WRAPPERS if isinstance(state.get(name), Mapping)]
        if not inner:
            break
        state = inner[0]
    if any(isinstance(value, Tensor) for value in state.values()):
        return state
    shown = ", ".join(str(name)[:60] for name in list(state)[:6]) or "nothing"
    raise UnreadableRun(f"{path} holds {shown}, but no state dict of tensors; {READABLE}.")


def epochs_in(payload: Mapping[str, Any]) -> tuple[int, ...]:
    """The epoch, then the step, that the payload says it is of; those that it says."""
    said: list[int] = []
    metadata = payload.get("metadata")
    places = (payload, metadata) if isinstance(metadata, Mapping) else (payload,)
    for place in places:
        for name in ("epoch", "step"):
            value = place.get(name)
            if isinstance(value, Tensor) and value.numel() == 1:
                value = value.item()
            if isinstance(value, str):
                value = _number_said(value)
            if type(value) is int and 0 <= value < MAX_EPOCH:
                said.append(value)
    return tuple(said)


def _number_said(text: str) -> int | str:
    """The number that a text spells, else the text; Python reads no number of thousands of digits."""
    return int(text) if text.isdecimal() and len(text) < 20 else text


def config_in(payload: Mapping[str, Any]) -> dict[str, object]:
    """The trainer's config as it recorded it, a dict or an object's attributes; empty without one.

    What JSON has no form for (a dtype, a device) is kept as its text.
    """
    for name in _CONFIGS:
        value = payload.get(name)
        if isinstance(value, RecordedConfig):
            value = vars(value)
        if isinstance(value, Mapping):
            described = _plain(value, _Room())
            return described if isinstance(described, dict) else {}
    metadata = payload.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    return {str(key): _number_said(item) for key, item in metadata.items() if isinstance(item, str)}


class _Room:
    """How many items there is room for: a list can hold itself, or one list a million times."""

    def __init__(self) -> None:
        self._left = _MOST_RECORDED

    def takes(self, items: int) -> bool:
        self._left -= items
        return self._left >= 0


def _plain(value: object, room: _Room, depth: int = _DEEPEST) -> object:
    """A value as JSON has it, cut where it is deep or long."""
    if isinstance(value, dict | list | tuple) and (depth == 0 or not room.takes(1 + len(value))):
        return "..."
    if isinstance(value, dict):
        return {str(key)[:_LONGEST_TEXT]: _plain(item, room, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, room, depth - 1) for item in value]
    if isinstance(value, str):
        return value[:_LONGEST_TEXT]
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value) if isinstance(value, torch.dtype) else f"a {type(value).__name__}"


RecordedLossLists = NDArray[np.float64]  # [epoch]


def losses_in(payload: Mapping[str, Any]) -> RecordedLosses | None:
    """`train_losses` of every epoch and `test_losses` of every n-th, or one `train_loss` and `test_loss`."""
    train, test = _numbers(payload.get("train_losses")), _numbers(payload.get("test_losses"))
    if train is None and test is None:
        saved = epochs_in(payload)
        train, test = _numbers([payload.get("train_loss")]), _numbers([payload.get("test_loss")])
        if not saved or (train is None and test is None):
            return None
        return _recorded(saved[0], 1, train, test)
    n_epochs = max(0 if losses is None else len(losses) for losses in (train, test))
    return _recorded(0, n_epochs, train, test)


def _recorded(
    first: int, n_epochs: int, train: RecordedLossLists | None, test: RecordedLossLists | None
) -> RecordedLosses:
    left_out = []
    spread = {"train": np.full(n_epochs, np.nan), "test": np.full(n_epochs, np.nan)}
    for name, losses in (("train", train), ("test", test)):
        if losses is None or not len(losses):
            continue
        if (places := _places(len(losses), n_epochs)) is None:
            left_out.append(
                f"{len(losses):,} {name} losses were left out: which of {n_epochs:,} epochs they are of is not told."
            )
        else:
            spread[name][places] = losses
    return RecordedLosses(first + np.arange(n_epochs), spread["train"], spread["test"], left_out=tuple(left_out))


def _places(count: int, n_epochs: int) -> list[int] | None:
    """Every n-th of the epochs, or these and the last; which n, their number tells. None where it does not."""
    for last in ([], [n_epochs - 1]):
        every = -(-n_epochs // max(count - len(last), 1))
        places = [*range(0, n_epochs, every), *last]
        if len(set(places)) == len(places) == count:
            return places
    return None


def align_losses(losses: RecordedLosses | None, last_epoch: int) -> tuple[RecordedLosses | None, tuple[str, ...]]:
    """The losses if they reach the last epoch; a shorter list was not written every epoch: none, and a warning."""
    if losses is None or len(losses.epochs) == 1 or losses.epochs[-1] + 1 >= last_epoch:
        return losses, () if losses is None else losses.left_out
    found = f"{len(losses.epochs):,} losses up to epoch {last_epoch:,}"
    return None, (f"{found} were left out: which epochs they are of is not recorded.",)


def _numbers(values: object) -> NDArray[np.float64] | None:
    numbers = _listed(values)
    if not numbers or not all(isinstance(number, int | float) for number in numbers):
        return None
    return np.array(numbers, dtype=np.float64)


def split_in(payload: Mapping[str, Any], p: int) -> Split | None:
    """`train_indices` (x * p + y), or the pairs of `train_data` themselves, where they are stored."""
    indices = _listed(payload.get("train_indices"))
    if indices is None:
        indices = _pair_indices(_listed(payload.get("train_data")), p)
    if not indices or len(indices) >= p * p or not all(_counts(index, p * p) for index in indices):
        return None
    train = np.zeros(p * p, dtype=np.bool_)
    train[indices] = True
    return Split(train.reshape(p, p), "file")


def _listed(values: object) -> list[Any] | None:
    if isinstance(values, Tensor):
        values = values.tolist()
    if not isinstance(values, list | tuple):
        return None
    # A tensor in the list is one number; anything else in it is for the caller to refuse.
    return [value.item() if isinstance(value, Tensor) and value.numel() == 1 else value for value in values]


def _pair_indices(pairs: list[Any] | None, p: int) -> list[int] | None:
    """Pairs stored as prompts of two or three tokens, x and y first."""
    indices: list[int] = []
    for pair in pairs or []:
        if not isinstance(pair, list | tuple) or len(pair) not in (2, 3):
            return None
        x, y = pair[:2]
        if not _counts(x, p) or not _counts(y, p):
            return None
        indices.append(x * p + y)
    return indices


def _counts(value: object, below: int) -> bool:
    return type(value) is int and 0 <= value < below
