"""A series of checkpoints that are listed but not read, except for the last, which determines the config."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor

from engine.errors import AmbiguousTask, UnreadableRun
from engine.networks.named_weights import NamedWeights
from engine.networks.network import NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.weights import Weights
from engine.runs.folder_snapshot import file_path
from engine.runs.losses.recorded_losses import losses_in_payload
from engine.runs.recorded_config import config_in
from engine.runs.recorded_split import has_split, split_in
from engine.runs.run import Checkpoint, shorten_list
from engine.runs.skipped_checkpoints import MAX_UNREADABLE, duplicate_warnings, none_readable, skip_warning
from engine.runs.state_search import state_in
from engine.runs.torch_format.checkpoint_file import read_file
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.model_reading import ModelOverrides, ModelReading
from engine.state_dicts.read_state_dict import read_checkpoint, read_model

Payload = Mapping[str, Any]


class CheckpointEntry(Protocol):
    """A checkpoint that is not read yet; a run may have a million of them."""

    @property
    def epoch(self) -> int: ...

    @property
    def source(self) -> str:
        """Its name in error messages."""

    @property
    def file(self) -> str | None:
        """The path of its own file, if it has one."""

    def read(self) -> Payload:
        """Read what the trainer saved."""

    def state(self, payload: Payload) -> Payload:
        """The state dict in a payload."""


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
        return state_in(payload, self.file)


@dataclass(frozen=True, eq=False)
class CheckpointSeries:
    """Checkpoints of one config in ascending epochs; `last` is the payload of the last readable one.

    `unreadable` maps files that could not be read to their warnings, which are in `warnings` as well.
    """

    reading: ModelReading
    checkpoints: tuple[Checkpoint, ...]
    recorded: Mapping[str, object]
    last: Payload
    warnings: tuple[str, ...]
    unreadable: Mapping[str, str]

    @property
    def config(self) -> NetworkConfig:
        return self.reading.config


def build_series(
    entries: Sequence[CheckpointEntry],
    path: object,
    overrides: ModelOverrides,
    recorded: Mapping[str, object] | None = None,
) -> CheckpointSeries:
    """Sort the entries, keep one per epoch, and determine from the last readable one how to read them.

    If an epoch appears more than once, the later entry is used. Duplicates and unreadable checkpoints at the end are
    skipped with a warning. `recorded` is the config recorded for the whole run, if it is stored apart.

    Raises:
        UnreadableRun: no entry can be read, or p or the prompt has to be given.
        UnsupportedModel: a model outside the family.
        InvalidConfig: an override contradicts the tensors.
    """
    by_epoch, warnings = _without_duplicates(entries)
    epochs = sorted(by_epoch)
    errors: list[UnreadableRun] = []
    unreadable: dict[str, str] = {}
    while epochs and len(errors) < MAX_UNREADABLE:
        entry = by_epoch[epochs[-1]]
        try:
            payload = entry.read()
            state = entry.state(payload)
            settings = {**(recorded or {}), **config_in(payload)}
            reading = read_model(
                state,
                entry.source,
                recorded=settings,
                overrides=overrides,
                evidence=_evidence(payload, entry.epoch),
            )
            read_checkpoint(state, reading, entry.source)
        except AmbiguousTask:
            raise
        except UnreadableRun as error:
            errors.append(error)
            if entry.file is not None:
                unreadable[entry.file] = skip_warning(error)
            epochs.pop()
            continue
        checkpoints = tuple(
            Checkpoint(epoch, partial(_load, by_epoch[epoch], reading), by_epoch[epoch].file) for epoch in epochs
        )
        warnings.extend(shorten_list([skip_warning(error) for error in errors]))
        warnings.extend(reading.warnings)
        return CheckpointSeries(reading, checkpoints, settings, payload, tuple(warnings), unreadable)
    raise none_readable(errors, path)


def _evidence(payload: Payload, epoch: int) -> Evidence | None:
    """The losses that a checkpoint records for its epoch, if it also records its split."""
    if not has_split(payload):
        return None
    losses, _ = losses_in_payload(payload, epoch, config_in(payload))
    if losses is None:
        return None
    train_loss, test_loss = losses.at(epoch)
    if train_loss is None and test_loss is None:
        return None

    def train_pairs(p: int) -> Tensor | None:
        split = split_in(payload, p)
        return None if split is None else torch.from_numpy(split.train)

    return Evidence(train_loss, test_loss, train_pairs)


def _without_duplicates(entries: Sequence[CheckpointEntry]) -> tuple[dict[int, CheckpointEntry], list[str]]:
    """The last entry of each epoch, and a warning about the others."""
    by_epoch: dict[int, CheckpointEntry] = {}
    duplicates: dict[int, str] = {}
    for entry in entries:
        if entry.epoch in by_epoch and entry.epoch not in duplicates:
            duplicates[entry.epoch] = f"{by_epoch[entry.epoch].source} was skipped, {entry.source} is used."
        by_epoch[entry.epoch] = entry
    return by_epoch, duplicate_warnings(duplicates)


def _load(entry: CheckpointEntry, reading: ModelReading) -> NetworkWeights:
    """Copy the weights: their file may be mapped into memory, and may change."""
    weights = read_checkpoint(entry.state(entry.read()), reading, entry.source)
    return weights.clone() if isinstance(weights, Weights | NamedWeights) else weights
