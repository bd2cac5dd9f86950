"""The folder of a run while it is trained: one writer, and an order of writes that a crash at any instant respects.

A save writes losses first, then the checkpoint, then `resume.safetensors`. So whatever that last file says is
recorded is there, whole; what lies beyond it, torn or not, is taken back when training goes on from it.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from engine.errors import GrokError
from engine.networks.config import ModelConfig, TrainingConfig
from engine.networks.split import Split
from engine.networks.weights import Weights
from engine.runs.atomic_files import is_temporary, make_folder, remove_temporaries
from engine.runs.losses_csv import LossRow, append_losses, truncate_losses
from engine.runs.native_run import checkpoint_files, recorded_settings, write_checkpoint, write_run
from engine.runs.run_json import config_to_json, training_to_json
from engine.runs.training_lock import LOCK_NAME, training_lock
from engine.training.state import RESUME_NAME, SavedState, TrainingState, read_state, save_state

_CHECKPOINT_DTYPES = {"float32": torch.float32, "float16": torch.float16}
_MEND = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room within the quota",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "make the folder writable",
    errno.EPERM: "make the folder writable",
}


@dataclass(frozen=True, eq=False)
class Saved:
    """Where a run stands on disk: its state, and the test loss of that epoch if it was measured."""

    state: SavedState
    test_loss: float | None


@dataclass(frozen=True, eq=False)
class RunWriter:
    """A run's folder that is this trainer's; `saved` is where it goes on, None for a new run."""

    path: Path
    checkpoint_dtype: torch.dtype
    saved: Saved | None

    def save(self, epoch: int, rows: Sequence[LossRow], weights: Weights | None, state: TrainingState) -> None:
        """Record the losses since the last save, a checkpoint if there is one, and the state to go on from."""
        with _told(self.path):
            append_losses(self.path, rows)
            if weights is not None:
                write_checkpoint(self.path, epoch, weights, self.checkpoint_dtype)
            save_state(self.path, state, epoch)


@contextmanager
def open_run_writer(path: Path, config: ModelConfig, training: TrainingConfig, split: Split) -> Iterator[RunWriter]:
    """Begin a run in a new or empty folder, or take up the one that is there; the lock is held meanwhile.

    Raises:
        GrokError: something else lies there, a run of other settings, or one that cannot be continued.
        LockedRun: another process trains it.
    """
    with ExitStack() as held:
        with _told(path):
            _require_run_or_nothing(path)
            make_folder(path)
            held.enter_context(training_lock(path))
            saved = _prepare(path, config, training, split)
        yield RunWriter(path, _CHECKPOINT_DTYPES[training.checkpoint_dtype], saved)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Put the system's refusal into a sentence."""
    try:
        yield
    except OSError as error:
        mend = _MEND.get(error.errno or 0, "mend that")
        raise GrokError(
            f"Training into {path} stopped: {error.filename or 'a file there'}: {error.strerror or error}; "
            f"{mend}, and the same command goes on from what was saved."
        ) from error


def _require_run_or_nothing(path: Path) -> None:
    """Leave alone whatever is neither a run nor the beginning of one that was cut off before its `run.json`."""
    if not path.exists() or (path / "run.json").is_file():
        return
    if not path.is_dir() or not all(_is_beginning(entry) for entry in path.iterdir()):
        raise GrokError(f"{path} is there already and is no run; train into a new folder.")


def _is_beginning(entry: Path) -> bool:
    if entry.name == "checkpoints" and entry.is_dir():
        return not any(entry.iterdir())
    return entry.name == LOCK_NAME or is_temporary(entry.name)


def _prepare(path: Path, config: ModelConfig, training: TrainingConfig, split: Split) -> Saved | None:
    """Write the `run.json` of a new run, or take a run back to its last save."""
    remove_temporaries(path)
    remove_temporaries(path / "checkpoints")
    if not (path / "run.json").exists():
        write_run(path, config, split, training)
        return None
    _require_same_settings(path, config, training)
    if not (path / RESUME_NAME).exists():
        _take_back_to_nothing(path)
        return None
    state = read_state(path)
    if state.epoch > training.epochs:
        raise GrokError(f"{path / RESUME_NAME} is of epoch {state.epoch:,}, beyond the last, {training.epochs:,}.")
    _, _, test_loss = truncate_losses(path, state.epoch)
    for epoch, file in checkpoint_files(path / "checkpoints").items():
        if epoch > state.epoch:
            file.unlink()
    return Saved(state, test_loss)


def _require_same_settings(path: Path, config: ModelConfig, training: TrainingConfig) -> None:
    recorded_config, recorded_training = recorded_settings(path)
    recorded = {**config_to_json(recorded_config), **training_to_json(recorded_training)}
    wanted = {**config_to_json(config), **training_to_json(training)}
    others = [f"{name} {value}, not {wanted[name]}" for name, value in recorded.items() if value != wanted[name]]
    if others:
        raise GrokError(
            f"{path} is a run with other settings ({'; '.join(others)}); train with its own to continue it, "
            "or into a new folder."
        )


def _take_back_to_nothing(path: Path) -> None:
    """Begin a run anew that was cut off before its first save was whole; one that had got further stays as it is."""
    losses, checkpoints = path / "losses.csv", checkpoint_files(path / "checkpoints")
    header_and_first = 2
    if max(checkpoints, default=0) > 0 or (losses.exists() and losses.read_bytes().count(b"\n") > header_and_first):
        raise GrokError(f"{path} has no {RESUME_NAME}, so its training cannot go on; train into a new folder.")
    losses.unlink(missing_ok=True)
    for file in checkpoints.values():
        file.unlink()
