"""A file with all checkpoints of a run: a dict with a list of state dicts and a list of their epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.errors import UnreadableRun
from engine.runs.checkpoint_series import Payload, build_series
from engine.runs.config_files import config_files_beside
from engine.runs.epoch_names import MAX_EPOCH
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.losses.recorded_losses import losses_of_file
from engine.runs.recorded_config import config_in
from engine.runs.recorded_split import split_in
from engine.runs.run import Run
from engine.state_dicts.model_reading import ModelOverrides


@dataclass(frozen=True)
class MultiCheckpointFormat:
    """The keys of the two lists in one such format."""

    container: str
    states: str
    epochs: str

    def matches(self, payload: Mapping[str, Any]) -> bool:
        return isinstance(payload.get(self.states), list | tuple) and len(payload[self.states]) > 0


# ARENA's `full_run_data.pth`: the run of the study, train losses of every epoch and test losses of every tenth.
FULL_RUN_DATA = MultiCheckpointFormat("full_run_data", states="state_dicts", epochs="epochs")
# The file of TransformerLens's grokking demo: checkpoints, losses, and the split as indices.
TRANSFORMERLENS_DEMO = MultiCheckpointFormat("TransformerLens demo", states="checkpoints", epochs="checkpoint_epochs")
FORMATS = (FULL_RUN_DATA, TRANSFORMERLENS_DEMO)


def open_multi_checkpoint_file(
    file_format: MultiCheckpointFormat, path: Path, payload: Mapping[str, Any], overrides: ModelOverrides
) -> Run:
    """Open a run whose checkpoints are views into one mapped file; loading a checkpoint copies it.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    states = payload[file_format.states]
    epochs, warnings = _epochs(payload.get(file_format.epochs), len(states), path)
    file = _OpenFile(states, path, signature_of(path))
    entries = [_StateEntry(epoch, index, file) for index, epoch in enumerate(epochs)]
    beside = config_files_beside(path)
    series = build_series(entries, path, overrides, recorded={**beside.settings, **config_in(payload)})
    run_epochs = [checkpoint.epoch for checkpoint in series.checkpoints]
    losses, loss_warnings = losses_of_file(path, payload, run_epochs, series.recorded)
    return Run(
        name=path.name,
        path=path,
        container=file_format.container,
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p),
        training=series.recorded,
        reading=series.reading,
        warnings=(*warnings, *beside.warnings, *series.warnings, *loss_warnings),
        settings_files=beside.paths,
    )


def _epochs(recorded: object, n_states: int, path: Path) -> tuple[list[int], list[str]]:
    """The recorded epochs of the states, or 0, 1, 2, ... if none are recorded; and warnings."""
    if isinstance(recorded, Tensor):
        recorded = recorded.tolist()
    if not isinstance(recorded, list | tuple) or not recorded or not all(map(_is_epoch, recorded)):
        return list(range(n_states)), [
            f"{path} records no epochs for its {n_states} checkpoints; they are numbered from 0."
        ]
    epochs = [int(epoch) for epoch in recorded][:n_states]
    if len(recorded) == n_states:
        return epochs, []
    return epochs, [
        f"{path} contains {n_states} checkpoints but {len(recorded)} epochs; the first {len(epochs)} are used."
    ]


def _is_epoch(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < MAX_EPOCH and float(value).is_integer()


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
        """The state dict.

        Raises:
            UnreadableRun: the file has changed, or the entry is not a dict.
        """
        self.content.require_unchanged()
        state = self.content.states[self.index]
        if isinstance(state, Mapping):
            return state
        raise UnreadableRun(
            f"{self.content.path}: checkpoint {self.index} is of type {type(state).__name__}, "
            "expected a dict of tensors."
        )

    def state(self, payload: Payload) -> Payload:
        return payload

    @property
    def file(self) -> None:
        """None: it has no file of its own."""
