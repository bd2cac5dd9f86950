"""A series of checkpoints, named and numbered but not read, and the one that tells the config of all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from engine.config import ActFn, ModelConfig, Operation
from engine.errors import UnreadableRun
from engine.layouts import UntoldTask, identify, read_weights
from engine.runs.payload import config_in
from engine.runs.run import Checkpoint
from engine.weights import Weights

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Told:
    """What the person says about the model; it goes before what is recorded or inferred."""

    p: int | None = None
    prompt: str | None = None
    act_fn: ActFn | None = None
    operation: Operation | None = None


@dataclass(frozen=True)
class Entry:
    """One checkpoint not read yet: `read` gives what the trainer saved, `state` finds the state dict in it."""

    epoch: int
    source: str
    read: Callable[[], Payload]
    state: Callable[[Payload], Payload]
    file: Path | None = None  # its own, if it has one


@dataclass(frozen=True, eq=False)
class Series:
    """Checkpoints of one config, by epoch; `last` is what was saved with the last readable one.

    `left_out` has the files that could not be read, each with the sentence about it, which is in `warnings` too.
    """

    config: ModelConfig
    checkpoints: tuple[Checkpoint, ...]
    recorded: Mapping[str, object]
    last: Payload
    warnings: tuple[str, ...]
    left_out: Mapping[Path, str]


def settle(entries: Sequence[Entry], path: object, told: Told, recorded: Mapping[str, object] | None = None) -> Series:
    """Order the entries, keep one an epoch, and read the last readable one for the config.

    Of several of one epoch the last in the given order stays. Unreadable ones at the end are left out; both are
    told in `warnings`. `recorded` is the config written down for the whole run, if it lies apart.

    Raises:
        UnreadableRun: no entry can be read, or p or the prompt must be told.
        UnsupportedModel: a model outside the family.
        InvalidConfig: what was told contradicts the tensors.
    """
    kept: dict[int, Entry] = {}
    warnings: list[str] = []
    for entry in entries:
        if entry.epoch in kept:
            warnings.append(
                f"Epoch {entry.epoch:,} is there twice: {kept[entry.epoch].source} was left out, "
                f"{entry.source} is read."
            )
        kept[entry.epoch] = entry
    epochs = sorted(kept)
    errors: list[UnreadableRun] = []
    unreadable: dict[Path, str] = {}
    while epochs:
        entry = kept[epochs[-1]]
        try:
            payload = entry.read()
            state = entry.state(payload)
            described = {**(recorded or {}), **config_in(payload)}
            config = identify(state, entry.source, recorded=described, **asdict(told))
            read_weights(state, config, entry.source)
        except UntoldTask:
            raise
        except UnreadableRun as error:
            errors.append(error)
            warnings.append(left_out(error))
            if entry.file is not None:
                unreadable[entry.file] = left_out(error)
            epochs.pop()
            continue
        checkpoints = tuple(_checkpoint(kept[epoch], config) for epoch in epochs)
        return Series(config, checkpoints, described, payload, tuple(warnings), unreadable)
    raise none_readable(errors, path)


def left_out(error: UnreadableRun) -> str:
    """The warning about a checkpoint that cannot be read."""
    return f"A checkpoint was left out: {error}"


def none_readable(errors: Sequence[UnreadableRun], path: object) -> UnreadableRun:
    """The error about checkpoints that all cannot be read, the last one first."""
    if len(errors) == 1:
        return errors[0]
    return UnreadableRun(f"None of the {len(errors)} checkpoints of {path} can be read; the last: {errors[0]}")


def _checkpoint(entry: Entry, config: ModelConfig) -> Checkpoint:
    return Checkpoint(entry.epoch, partial(_load, entry, config), entry.file)


def _load(entry: Entry, config: ModelConfig) -> Weights:
    return read_weights(entry.state(entry.read()), config, entry.source)
