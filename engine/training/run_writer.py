"""Writes the folder of a run during training: one writer, and an order of writes that survives a crash at any time.

A save writes the losses, then the checkpoint, then `resume.safetensors`. So everything up to the epoch in
`resume.safetensors` is on disk and complete; anything later, complete or not, is deleted when training resumes. A run
is extended by recording its later end in `run.json`; what only the former end had is deleted whenever it is opened.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engine.errors import GrokError
from engine.networks.network import NetworkWeights
from engine.networks.split import Split
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig
from engine.runs.atomic_files import is_temporary, make_folder, remove_temporaries
from engine.runs.losses_csv import LossRow, append_losses, truncate_losses
from engine.runs.native_run import checkpoint_files, write_checkpoint, write_run
from engine.runs.training_lock import LOCK_FILES, training_lock
from engine.training.continuation import record_end, remove_former_end, require_continuable
from engine.training.state import RESUME_NAME, SavedState, read_state, save_state

_CHECKPOINT_DTYPES = {"float32": torch.float32, "float16": torch.float16}
_REMEDIES = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the quota",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "make the folder writable",
    errno.EPERM: "make the folder writable",
}


@dataclass(frozen=True, eq=False)
class Saved:
    """The last save of a run: its state, the test loss of that epoch if computed, and whether it has a checkpoint."""

    state: SavedState
    test_loss: float | None
    has_checkpoint: bool


@dataclass(frozen=True, eq=False)
class RunWriter:
    """The folder of a run, locked by this trainer; `saved` is the save to resume from, None for a new run."""

    path: Path
    checkpoint_dtype: torch.dtype
    saved: Saved | None

    def save(
        self, epoch: int, rows: Sequence[LossRow], weights: NetworkWeights | None, tensors: Mapping[str, Tensor]
    ) -> None:
        """Write the losses since the last save, a checkpoint if weights are given, and the state to resume from."""
        with _os_errors_explained(self.path):
            append_losses(self.path, rows)
            if weights is not None:
                write_checkpoint(self.path, epoch, weights, self.checkpoint_dtype)
            save_state(self.path, tensors, epoch)


@contextmanager
def open_run_writer(path: Path, config: TrainableConfig, training: TrainingConfig, split: Split) -> Iterator[RunWriter]:
    """Create a run in a new or empty folder, or open an existing run to resume it; holds the training lock.

    Raises:
        GrokError: the path is not a run, or its run has other settings or cannot be resumed.
        LockedRun: another process is training the run.
    """
    with ExitStack() as stack:
        with _os_errors_explained(path):
            _require_run_or_nothing(path)
            make_folder(path)
            stack.enter_context(training_lock(path))
            saved = _prepare(path, config, training, split)
        yield RunWriter(path, _CHECKPOINT_DTYPES[training.checkpoint_dtype], saved)


@contextmanager
def _os_errors_explained(path: Path) -> Iterator[None]:
    """Turn an `OSError` into a `GrokError` that says what to do."""
    try:
        yield
    except OSError as error:
        remedy = _REMEDIES.get(error.errno or 0, "fix the cause")
        raise GrokError(
            f"Training into {path} stopped: {error.filename or 'a file there'}: {error.strerror or error}; "
            f"{remedy}, then run the same command to resume from the last save."
        ) from error


def _require_run_or_nothing(path: Path) -> None:
    """Refuse a path that is neither a run nor the start of one that was interrupted before it had a `run.json`."""
    if not path.exists() or (path / "run.json").is_file():
        return
    if not path.is_dir() or not all(_is_start_of_run(entry) for entry in path.iterdir()):
        raise GrokError(f"{path} already exists and is not a run; train into a new folder.")


def _is_start_of_run(entry: Path) -> bool:
    if entry.name == "checkpoints" and entry.is_dir():
        return not any(entry.iterdir())
    return entry.name in LOCK_FILES or is_temporary(entry.name)


def _prepare(path: Path, config: TrainableConfig, training: TrainingConfig, split: Split) -> Saved | None:
    """Write the `run.json` of a new run, or roll an existing run back to its last save."""
    remove_temporaries(path)
    remove_temporaries(path / "checkpoints")
    if not (path / "run.json").exists():
        write_run(path, config, split, training)
        return None
    require_continuable(path, config, training)
    if not (path / RESUME_NAME).exists():
        _reset_unsaved_run(path)
        record_end(path, training)
        return None
    state = read_state(path)
    if state.epoch > training.epochs:
        raise GrokError(
            f"{path / RESUME_NAME} is at epoch {state.epoch:,}, after the last epoch, {training.epochs:,}; "
            "restore it, or train into a new folder."
        )
    _, _, test_loss = truncate_losses(path, state.epoch)
    record_end(path, training)
    test_loss = remove_former_end(path, state.epoch, training, test_loss)
    return Saved(state, test_loss, has_checkpoint=state.epoch in checkpoint_files(path / "checkpoints"))


def _reset_unsaved_run(path: Path) -> None:
    """Restart a run that was interrupted during its first save; refuse one that had progressed further."""
    losses, checkpoints = path / "losses.csv", checkpoint_files(path / "checkpoints")
    header_and_first_epoch = 2
    if max(checkpoints, default=0) > 0 or (
        losses.exists() and losses.read_bytes().count(b"\n") > header_and_first_epoch
    ):
        raise GrokError(f"{path} has no {RESUME_NAME}, so its training cannot be resumed; train into a new folder.")
    losses.unlink(missing_ok=True)
    for file in checkpoints.values():
        file.unlink()
