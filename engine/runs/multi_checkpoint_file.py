"""Open a file with all checkpoints of a run, which are read one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UnreadableRun
from engine.runs.checkpoint_series import Payload, build_series
from engine.runs.config_files import config_files_beside
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.losses.payload_losses import values_in
from engine.runs.losses.recorded_losses import losses_of_file
from engine.runs.recorded_config import config_in
from engine.runs.recorded_split import split_in
from engine.runs.run import Run
from engine.runs.state_search import as_mapping, state_in
from engine.runs.stored_checkpoints import StoredCheckpoints
from engine.state_dicts.model_reading import ModelOverrides


def open_multi_checkpoint_file(
    stored: StoredCheckpoints, path: Path, payload: Mapping[str, Any], overrides: ModelOverrides
) -> Run:
    """Open a run whose checkpoints are views into one mapped file; loading a checkpoint copies it.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    epochs, warnings = _epochs(stored, path)
    file = _OpenFile(stored.states, path, signature_of(path))
    entries = [_StateEntry(epoch, index, file) for index, epoch in enumerate(epochs)]
    beside = config_files_beside(path)
    series = build_series(entries, path, overrides, recorded={**beside.settings, **config_in(payload)})
    run_epochs = [checkpoint.epoch for checkpoint in series.checkpoints]
    losses, loss_warnings = losses_of_file(
        path, {**_columns(stored.states, epochs), **payload}, run_epochs, series.recorded
    )
    return Run(
        name=path.name,
        path=path,
        container=stored.container,
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p) or split_in(series.last, series.config.p),
        training=series.recorded,
        reading=series.reading,
        warnings=(*warnings, *beside.warnings, *series.warnings, *loss_warnings),
        settings_files=beside.paths,
    )


def _epochs(stored: StoredCheckpoints, path: Path) -> tuple[list[int], list[str]]:
    """The epochs of the checkpoints, 0, 1, 2, ... if none are recorded; and warnings."""
    n_states = len(stored.states)
    if stored.epochs is None:
        return list(range(n_states)), [
            f"{path} records no epochs for its {n_states} checkpoints; they are numbered from 0."
        ]
    epochs = list(stored.epochs[:n_states])
    if len(stored.epochs) == n_states:
        return epochs, []
    return epochs, [
        f"{path} contains {n_states} checkpoints but {len(stored.epochs)} epochs; the first {len(epochs)} are used."
    ]


def _columns(records: Sequence[object], epochs: Sequence[int]) -> dict[str, object]:
    """The losses that every record has for its epoch, as lists, with the epochs."""
    values = [values_in(as_mapping(record) or {}) for record in records]
    names = [name for name in values[0] if all(name in row for row in values)]
    columns: dict[str, object] = {name: [row[name] for row in values] for name in names}
    return {**columns, "epoch": list(epochs)} if names else {}


@dataclass(frozen=True)
class _OpenFile:
    """The state dicts of an open file."""

    states: Sequence[object]
    path: Path
    signature: FileSignature

    def require_unchanged(self) -> None:
        """Check that the file is as it was opened: reading a mapping of a truncated file crashes the process.

        Raises:
            UnreadableRun: the file has changed.
        """
        try:
            now = signature_of(self.path)
        except OSError:
            now = self.signature  # deleted: the mapping stays valid
        if now.inode == self.signature.inode and now != self.signature:
            raise UnreadableRun(f"{self.path} has changed since it was opened; reopen it.")


@dataclass(frozen=True, slots=True)
class _StateEntry:
    """One state dict of the file."""

    epoch: int
    index: int
    content: _OpenFile

    @property
    def source(self) -> str:
        return f"{self.content.path}, checkpoint {self.index}, epoch {self.epoch:,}"

    def read(self) -> Payload:
        """The state dict, or a record that contains it.

        Raises:
            UnreadableRun: the file has changed, or the entry is not a dict.
        """
        self.content.require_unchanged()
        state = self.content.states[self.index]
        if (payload := as_mapping(state)) is not None:
            return payload
        raise UnreadableRun(
            f"{self.content.path}: checkpoint {self.index} is of type {type(state).__name__}, "
            "expected a dict of tensors."
        )

    def state(self, payload: Payload) -> Payload:
        return state_in(payload, self.source)

    @property
    def file(self) -> None:
        """None: it has no file of its own."""
