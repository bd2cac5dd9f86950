"""All checkpoints in one file: a dict with a list of state dicts and a list of their epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from engine.errors import UnreadableRun
from engine.runs.payload import config_in, losses_in, placed, split_in
from engine.runs.run import Run
from engine.runs.series import Entry, Told, settle
from engine.runs.sightings import Stamp, stamp_of


@dataclass(frozen=True)
class Stack:
    """A container of this kind, by the names that its trainer gave the two lists."""

    container: str
    states: str
    epochs: str

    def matches(self, payload: Mapping[str, Any]) -> bool:
        return isinstance(payload.get(self.states), list | tuple) and len(payload[self.states]) > 0


def open_stack(stack: Stack, path: Path, payload: Mapping[str, Any], told: Told) -> Run:
    """A run whose checkpoints are views into one mapped file, copied out one at a time.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `settle`.
    """
    states = payload[stack.states]
    epochs, warnings = _epochs(payload.get(stack.epochs), len(states), path)
    stamp = stamp_of(path)
    entries = [
        Entry(epoch, f"{path}, epoch {epoch:,}", partial(_unchanged, states, index, path, stamp), _copied)
        for index, epoch in enumerate(epochs)
    ]
    series = settle(entries, path, told, recorded=config_in(payload))
    losses, losses_left_out = placed(losses_in(payload), series.checkpoints[-1].epoch)
    return Run(
        name=path.name,
        path=path,
        container=stack.container,
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p),
        training=series.recorded,
        warnings=(*warnings, *series.warnings, *losses_left_out),
    )


def _epochs(recorded: object, n_states: int, path: Path) -> tuple[list[int], list[str]]:
    """The epochs of the states, as many as are whole numbers; counted from 0 where none are recorded."""
    if isinstance(recorded, Tensor):
        recorded = recorded.tolist()
    if not isinstance(recorded, list | tuple) or not recorded or not all(map(_is_whole, recorded)):
        return list(range(n_states)), [f"{path} does not say which epochs its {n_states} checkpoints are of."]
    epochs = [int(epoch) for epoch in recorded][:n_states]
    if len(recorded) == n_states:
        return epochs, []
    return epochs, [
        f"{path} holds {n_states} checkpoints and {len(recorded)} epochs; the first {len(epochs)} are read."
    ]


def _is_whole(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < 2**53 and float(value).is_integer()


def _unchanged(states: Sequence[object], index: int, path: Path, stamp: Stamp) -> Mapping[str, Any]:
    """One state dict; touching a mapping of a file that was cut short since would end the program.

    Raises:
        UnreadableRun: the file was written to, or this is no state dict.
    """
    try:
        now = stamp_of(path)
    except OSError:
        now = stamp  # deleted: what is mapped stays
    if now.inode == stamp.inode and now != stamp:
        raise UnreadableRun(f"{path} has changed since it was opened; open it again.")
    state = states[index]
    if not isinstance(state, Mapping):
        raise UnreadableRun(f"{path}: checkpoint {index} is a {type(state).__name__}, expected a dict of tensors.")
    return state


def _copied(state: Mapping[str, Any]) -> dict[str, Any]:
    with torch.no_grad():
        return {name: value.clone() if isinstance(value, Tensor) else value for name, value in state.items()}
