"""All checkpoints in one file: a dict with a list of state dicts and a list of their epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.errors import UnreadableRun
from engine.runs.checkpoint_series import ModelOverrides, Payload, build_series
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.payload import MAX_EPOCH, align_losses, config_in, losses_in, split_in
from engine.runs.run import Run


@dataclass(frozen=True)
class MultiCheckpointFormat:
    """A container of this kind, by the names that its trainer gave the two lists."""

    container: str
    states: str
    epochs: str

    def matches(self, payload: Mapping[str, Any]) -> bool:
        return isinstance(payload.get(self.states), list | tuple) and len(payload[self.states]) > 0


# ARENA's `full_run_data.pth`: the study's run, train losses of every epoch and test losses of every tenth.
FULL_RUN_DATA = MultiCheckpointFormat("full_run_data", states="state_dicts", epochs="epochs")
# The file of TransformerLens' grokking demonstration: checkpoints, losses, and the split as indices.
TRANSFORMERLENS_DEMO = MultiCheckpointFormat("TransformerLens demo", states="checkpoints", epochs="checkpoint_epochs")
FORMATS = (FULL_RUN_DATA, TRANSFORMERLENS_DEMO)


def open_multi_checkpoint_file(
    kind: MultiCheckpointFormat, path: Path, payload: Mapping[str, Any], told: ModelOverrides
) -> Run:
    """A run whose checkpoints are views into one mapped file, copied out one at a time.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    states = payload[kind.states]
    epochs, warnings = _epochs(payload.get(kind.epochs), len(states), path)
    stack = _Stacked(states, path, signature_of(path))
    entries = [_StackEntry(epoch, index, stack) for index, epoch in enumerate(epochs)]
    series = build_series(entries, path, told, recorded=config_in(payload))
    losses, losses_left_out = align_losses(losses_in(payload), series.checkpoints[-1].epoch)
    return Run(
        name=path.name,
        path=path,
        container=kind.container,
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
    return isinstance(value, int | float) and 0 <= value < MAX_EPOCH and float(value).is_integer()


@dataclass(frozen=True)
class _Stacked:
    """The state dicts of an open file."""

    states: Sequence[object]
    path: Path
    stamp: FileSignature

    def require_unchanged(self) -> None:
        """Touching a mapping of a file that was cut short since would end the program.

        Raises:
            UnreadableRun: the file was written to.
        """
        try:
            now = signature_of(self.path)
        except OSError:
            now = self.stamp  # deleted: what is mapped stays
        if now.inode == self.stamp.inode and now != self.stamp:
            raise UnreadableRun(f"{self.path} has changed since it was opened; open it again.")


@dataclass(frozen=True, slots=True)
class _StackEntry:
    epoch: int
    index: int
    stack: _Stacked

    @property
    def source(self) -> str:
        return f"{self.stack.path}, checkpoint {self.index}, epoch {self.epoch:,}"

    def read(self) -> Payload:
        """The state dict.

        Raises:
            UnreadableRun: the file was written to, or this is no state dict.
        """
        self.stack.require_unchanged()
        state = self.stack.states[self.index]
        if isinstance(state, Mapping):
            return state
        raise UnreadableRun(
            f"{self.stack.path}: checkpoint {self.index} is a {type(state).__name__}, expected a dict of tensors."
        )

    def state(self, payload: Payload) -> Payload:
        return payload

    @property
    def file(self) -> None:
        """None of its own."""
