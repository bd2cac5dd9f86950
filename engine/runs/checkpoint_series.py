"""A series of checkpoints, named and numbered but not read, and the one that tells the config of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from engine.errors import GrokError, UnreadableRun
from engine.networks.config import ActFn, ModelConfig, Operation
from engine.networks.weights import Weights
from engine.runs.folder_snapshot import file_path
from engine.runs.payload import config_in, state_in
from engine.runs.run import Checkpoint, shorten_list
from engine.runs.torch_format.checkpoint_file import read_file
from engine.state_dicts import AmbiguousTask, identify, read_weights

Payload = Mapping[str, Any]

# So many unreadable checkpoints in a row, from the last on, and the search for a readable one ends.
MAX_UNREADABLE = 1000


@dataclass(frozen=True)
class ModelOverrides:
    """What the person says about the model; it goes before what is recorded or inferred."""

    p: int | None = None
    prompt: str | None = None
    act_fn: ActFn | None = None
    operation: Operation | None = None


class CheckpointEntry(Protocol):
    """One checkpoint not read yet; there may be a million of them."""

    @property
    def epoch(self) -> int: ...

    @property
    def source(self) -> str:
        """What errors call it."""

    @property
    def file(self) -> str | None:
        """Its own, if it has one."""

    def read(self) -> Payload:
        """What the trainer saved."""

    def state(self, payload: Payload) -> Payload:
        """The state dict in that."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A checkpoint in a file of its own."""

    epoch: int
    folder: str
    name: str

    @property
    def file(self) -> str:
        return file_path(self.folder, self.name)

    @property
    def source(self) -> str:
        return self.file

    def read(self) -> Payload:
        return read_file(Path(self.file))

    def state(self, payload: Payload) -> Payload:
        return state_in(payload, Path(self.file))


@dataclass(frozen=True, eq=False)
class CheckpointSeries:
    """Checkpoints of one config, by epoch; `last` is what was saved with the last readable one.

    `left_out` has the files that could not be read, each with the sentence about it, which is in `warnings` too.
    """

    config: ModelConfig
    checkpoints: tuple[Checkpoint, ...]
    recorded: Mapping[str, object]
    last: Payload
    warnings: tuple[str, ...]
    left_out: Mapping[str, str]


def build_series(
    entries: Sequence[CheckpointEntry], path: object, told: ModelOverrides, recorded: Mapping[str, object] | None = None
) -> CheckpointSeries:
    """Order the entries, keep one an epoch, and read the last readable one for the config.

    Of several of one epoch the last in the given order stays. Unreadable ones at the end are left out; both are
    told in `warnings`. `recorded` is the config written down for the whole run, if it lies apart.

    Raises:
        UnreadableRun: no entry can be read, or p or the prompt must be told.
        UnsupportedModel: a model outside the family.
        InvalidConfig: what was told contradicts the tensors.
    """
    kept, warnings = _one_an_epoch(entries)
    epochs = sorted(kept)
    errors: list[UnreadableRun] = []
    unreadable: dict[str, str] = {}
    while epochs and len(errors) < MAX_UNREADABLE:
        entry = kept[epochs[-1]]
        try:
            payload = entry.read()
            state = entry.state(payload)
            described = {**(recorded or {}), **config_in(payload)}
            config = identify(state, entry.source, recorded=described, **asdict(told))
            read_weights(state, config, entry.source)
        except AmbiguousTask:
            raise
        except UnreadableRun as error:
            errors.append(error)
            if entry.file is not None:
                unreadable[entry.file] = left_out(error)
            epochs.pop()
            continue
        checkpoints = tuple(
            Checkpoint(epoch, partial(_load, kept[epoch], config), kept[epoch].file) for epoch in epochs
        )
        warnings.extend(shorten_list([left_out(error) for error in errors]))
        return CheckpointSeries(config, checkpoints, described, payload, tuple(warnings), unreadable)
    raise none_readable(errors, path)


def _one_an_epoch(entries: Sequence[CheckpointEntry]) -> tuple[dict[int, CheckpointEntry], list[str]]:
    """Of each epoch the last entry, and one warning about those that are left out."""
    kept: dict[int, CheckpointEntry] = {}
    repeated: dict[int, str] = {}
    for entry in entries:
        if entry.epoch in kept and entry.epoch not in repeated:
            repeated[entry.epoch] = f"{kept[entry.epoch].source} was left out, {entry.source} is read."
        kept[entry.epoch] = entry
    return kept, repeats(repeated)


def repeats(repeated: Mapping[int, str]) -> list[str]:
    """One warning about all epochs that are there more than once, by what was done about each."""
    if not repeated:
        return []
    epoch, done = next(iter(repeated.items()))
    if len(repeated) == 1:
        return [f"Epoch {epoch:,} is there more than once: {done}"]
    return [f"{len(repeated):,} epochs are there more than once; of epoch {epoch:,}, {done}"]


def left_out(error: GrokError) -> str:
    """The warning about a checkpoint that cannot be read."""
    return f"A checkpoint was left out: {error}"


def none_readable(errors: Sequence[GrokError], path: object) -> GrokError:
    """The error about checkpoints that all cannot be read, the last one first."""
    if len(errors) == 1:
        return errors[0]
    last = "last " if len(errors) == MAX_UNREADABLE else ""
    return UnreadableRun(f"None of the {last}{len(errors):,} checkpoints of {path} can be read; the last: {errors[0]}")


def _load(entry: CheckpointEntry, config: ModelConfig) -> Weights:
    """The weights in memory of their own: the file that they lie in may be mapped, and may change."""
    weights = read_weights(entry.state(entry.read()), config, entry.source)
    return replace(weights, **{name: tensor.clone() for name, tensor in weights.items()})
