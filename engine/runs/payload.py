"""What trainers save beside the weights: the state dict found, the epoch, losses, config and split read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import UnreadableRun
from engine.runs.files import READABLE
from engine.runs.inert import RecordedConfig
from engine.runs.run import RecordedLosses
from engine.split import Split

_WRAPPERS = ("model", "model_state_dict", "state_dict")
_DEEPEST = 8  # a pickle may hold itself
_LAST_EPOCH = 2**53
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
    shown = ", ".join(map(str, list(state)[:6])) or "nothing"
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
            if isinstance(value, str) and value.isdecimal():
                value = int(value)
            if type(value) is int and 0 <= value < _LAST_EPOCH:
                said.append(value)
    return tuple(said)


def config_in(payload: Mapping[str, Any]) -> dict[str, object]:
    """The trainer's config as it recorded it, a dict or an object's attributes; empty without one.

    What JSON has no form for (a dtype, a device) is kept as its text.
    """
    for name in _CONFIGS:
        value = payload.get(name)
        if isinstance(value, RecordedConfig):
            value = vars(value)
        if isinstance(value, Mapping):
            return {str(key): _plain(item) for key, item in value.items()}
    metadata = payload.get("metadata")
    if not isinstance(metadata, Mapping):
        return {}
    return {str(key): int(item) if str(item).isdecimal() else item for key, item in metadata.items()}


def _plain(value: object, depth: int = _DEEPEST) -> object:
    if isinstance(value, Mapping | list | tuple) and depth == 0:
        return "..."
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth - 1) for item in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def losses_in(payload: Mapping[str, Any]) -> RecordedLosses | None:
    """`train_losses` of every epoch and `test_losses` of every n-th, or one `train_loss` and `test_loss`."""
    train, test = _numbers(payload.get("train_losses")), _numbers(payload.get("test_losses"))
    if train is None and test is None:
        saved = epochs_in(payload)
        train, test = _numbers([payload.get("train_loss")]), _numbers([payload.get("test_loss")])
        if not saved or (train is None and test is None):
            return None
        return RecordedLosses(np.array(saved[:1]), _or_nan(train, 1), _or_nan(test, 1))
    n_epochs = max(0 if losses is None else len(losses) for losses in (train, test))
    return RecordedLosses(np.arange(n_epochs), _or_nan(train, n_epochs), _or_nan(test, n_epochs))


def placed(losses: RecordedLosses | None, last_epoch: int) -> tuple[RecordedLosses | None, tuple[str, ...]]:
    """The losses if they reach the last epoch; a shorter list was not written every epoch: none, and a warning."""
    if losses is None or len(losses.epochs) == 1 or losses.epochs[-1] + 1 >= last_epoch:
        return losses, ()
    found = f"{len(losses.epochs):,} losses up to epoch {last_epoch:,}"
    return None, (f"{found} were left out: which epochs they are of is not recorded.",)


def _numbers(values: object) -> NDArray[np.float64] | None:
    if isinstance(values, Tensor):
        values = values.tolist()
    if not isinstance(values, list | tuple) or not values:
        return None
    try:
        return np.array([float(value) for value in values], dtype=np.float64)
    except (TypeError, ValueError, RuntimeError):
        return None


def _or_nan(losses: NDArray[np.float64] | None, n_epochs: int) -> NDArray[np.float64]:
    """Losses of every n-th epoch on the grid of all, NaN between; which n, their number tells."""
    spread = np.full(n_epochs, np.nan)
    if losses is not None and len(losses):
        every = -(-n_epochs // len(losses))
        if len(spread[::every]) == len(losses):
            spread[::every] = losses
    return spread


def split_in(payload: Mapping[str, Any], p: int) -> Split | None:
    """`train_indices` (x * p + y), or the pairs of `train_data` or `train` themselves, where they are stored."""
    indices = payload.get("train_indices")
    pairs = payload.get("train_data")
    try:
        if indices is not None:
            flat = np.asarray(indices, dtype=np.int64)
        elif pairs is not None:
            flat = _pair_indices(pairs, p)
        else:
            return None
    except (TypeError, ValueError, RuntimeError, IndexError, OverflowError):
        return None
    if flat.ndim != 1 or not 0 < len(flat) < p * p or flat.min() < 0 or flat.max() >= p * p:
        return None
    train = np.zeros(p * p, dtype=np.bool_)
    train[flat] = True
    return Split(train.reshape(p, p), "file")


def _pair_indices(pairs: Iterable[Any], p: int) -> NDArray[np.int64]:
    """Pairs stored as prompts of two or three tokens, x and y first."""
    prompts = np.asarray(pairs, dtype=np.int64)
    if prompts.ndim != 2 or prompts.shape[1] not in (2, 3) or (prompts[:, :2] >= p).any():
        raise ValueError("not a list of pairs")
    flat: NDArray[np.int64] = prompts[:, 0] * p + prompts[:, 1]
    return flat
