"""The epoch that a trainer saves in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from engine.runs.epoch_names import MAX_EPOCH, parse_epoch

_EPOCH_KEYS = ("epoch", "current_epoch", "step", "global_step", "iteration", "iter")
_EPOCH_PLACES = ("metadata", "meta")


def epochs_in(payload: Mapping[str, Any]) -> tuple[int, ...]:
    """The recorded epochs and steps, as far as they are recorded: the epoch first."""
    places = (payload, *(inner for name in _EPOCH_PLACES if isinstance(inner := payload.get(name), Mapping)))
    epochs = (whole_number(place.get(name)) for place in places for name in _EPOCH_KEYS)
    return tuple(epoch for epoch in epochs if epoch is not None)


def whole_number(value: Any) -> int | None:
    """An epoch recorded as a number, a tensor of one number, or text; None if it is none."""
    if isinstance(value, Tensor) and value.numel() == 1:
        value = value.item()
    if isinstance(value, str):
        return parse_epoch(value)
    if type(value) not in (int, float) or not 0 <= value < MAX_EPOCH or value != int(value):
        return None
    return int(value)
