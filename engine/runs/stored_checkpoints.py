"""Find the checkpoints in a file that has many: lists of state dicts, `{epoch: state_dict}`, records of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from engine.runs.epoch_names import epoch_of_single
from engine.runs.recorded_epochs import epochs_in, whole_number
from engine.runs.state_search import as_mapping, find_state

_LISTS = ("state_dicts", "checkpoints", "models", "snapshots", "model_states", "states", "weights", "params")
_EPOCHS = ("epochs", "checkpoint_epochs", "steps", "checkpoint_steps", "saved_epochs", "save_epochs")
# Where the two lists have these names: ARENA's `full_run_data.pth`, the run of the study, and the file of
# TransformerLens's demo.
_KNOWN_CONTAINERS = {
    ("state_dicts", "epochs"): "full_run_data",
    ("checkpoints", "checkpoint_epochs"): "TransformerLens demo",
}


@dataclass(frozen=True)
class StoredCheckpoints:
    """State dicts, or records that contain one, with their epochs; None if no epochs are recorded."""

    container: str
    states: Sequence[object]
    epochs: Sequence[int] | None


def find_checkpoints(payload: Mapping[str, Any]) -> StoredCheckpoints | None:
    """The checkpoints of a file that has several; None if it does not have a list or table of them."""
    for name in _LISTS:
        states = payload.get(name)
        if isinstance(states, list | tuple):
            if (pairs := _pairs_by_epoch(states)) and (found := _from_table(pairs)) is not None:
                return found
            if any(_has_state(state) for state in states):
                return _from_list(payload, name, states)
    tables = (payload.get(name) for name in (*_LISTS, *(name for name in payload if name not in _LISTS)))
    for table in (payload, *tables):
        if isinstance(table, Mapping) and (found := _from_table(table)) is not None:
            return found
    return None


def _pairs_by_epoch(items: Sequence[object]) -> dict[Any, object] | None:
    """The state dicts of a list of (epoch, state dict); None if it is no such list."""
    pairs = [item for item in items if isinstance(item, list | tuple) and len(item) == 2]
    if len(pairs) < len(items) or any(whole_number(epoch) is None for epoch, _ in pairs):
        return None
    return {whole_number(epoch): state for epoch, state in pairs}


def _from_list(payload: Mapping[str, Any], name: str, states: Sequence[object]) -> StoredCheckpoints:
    for key in _EPOCHS:
        epochs = _epochs(payload.get(key))
        if epochs is not None:
            return StoredCheckpoints(_KNOWN_CONTAINERS.get((name, key), "list of checkpoints"), states, epochs)
    recorded = [epochs_in(record) if (record := as_mapping(state)) is not None else () for state in states]
    if all(recorded):
        return StoredCheckpoints("list of checkpoints", states, [epochs[0] for epochs in recorded])
    return StoredCheckpoints("list of checkpoints", states, None)


def _from_table(table: Mapping[Any, object]) -> StoredCheckpoints | None:
    """The state dicts under keys that are epochs: 500, "500", "epoch_500".

    All have the same names: otherwise the keys number the layers of one network.
    """
    by_epoch = {epoch: value for key, value in table.items() if (epoch := _epoch_of_key(key)) is not None}
    states = [state for value in by_epoch.values() if (state := _state_of(value)) is not None]
    if not states or any(state.keys() != states[0].keys() for state in states):
        return None
    epochs = sorted(by_epoch)
    return StoredCheckpoints("checkpoints by epoch", [by_epoch[epoch] for epoch in epochs], epochs)


def _epoch_of_key(key: object) -> int | None:
    return epoch_of_single(key) if isinstance(key, str) and len(key) < 60 else whole_number(key)


def _epochs(recorded: object) -> list[int] | None:
    """A list of epochs; None if it is none."""
    if isinstance(recorded, Tensor):
        recorded = recorded.tolist()
    if not isinstance(recorded, list | tuple) or not recorded:
        return None
    epochs = [whole_number(epoch) for epoch in recorded]
    return None if None in epochs else [epoch for epoch in epochs if epoch is not None]


def _state_of(value: object) -> Mapping[str, Any] | None:
    record = as_mapping(value)
    return None if record is None else find_state(record)


def _has_state(value: object) -> bool:
    return _state_of(value) is not None
