"""Refresh a run that is still being written, by any program: add new checkpoints, wait for incomplete files."""

from __future__ import annotations

from dataclasses import replace
from time import time

import numpy as np

from engine.errors import GrokError
from engine.networks.config import InvalidConfig
from engine.networks.mlp_config import MlpConfig
from engine.networks.split import Split
from engine.networks.transformer_config import TransformerConfig
from engine.runs.folder_snapshot import FileSignature, FolderSnapshot, take_snapshot
from engine.runs.open_run import open_snapshot
from engine.runs.run import Checkpoint, Run
from engine.state_dicts.model_reading import ModelOverrides

_WITH_LAYERS = (TransformerConfig, MlpConfig)


def refresh(run: Run) -> Run:
    """Read a run again; the same object if nothing on disk has changed.

    Reads only what is new. The checkpoints of unchanged files, and an unchanged split, stay the same objects. If the
    folder can no longer be read as this run, the run stays as it was, with a warning once the folder stops changing.
    A run of a single file, or at an address, is never refreshed.
    """
    if run.address is not None:
        return run
    try:
        files = take_snapshot(run.path, run.files) if run.path.is_dir() else run.files
        if files == run.files and str(run.path) not in run.unreadable:
            return run
        current = open_snapshot(run.path, files, _overrides(run), run.losses)
        if current.config != run.config:
            raise InvalidConfig("another model")
    except OSError:  # unmounted or deleted
        return run
    except InvalidConfig:
        found = "a different model" if run.has_weights else "checkpoints"
        return _unreadable(run, files, f"{run.path} now contains {found}; reopen it.")
    except GrokError as error:
        return _unreadable(run, files, str(error))
    return replace(current, checkpoints=_reuse_checkpoints(current, run), split=_reuse_split(current.split, run.split))


def is_settled(run: Run) -> bool:
    """Whether every file either could be read or has not changed for so long that it must be damaged."""
    return not any(_may_be_incomplete(run, file) for file in run.unreadable)


def lasting_warnings(run: Run) -> tuple[str, ...]:
    """The warnings of the run, except those about files that may still be incomplete."""
    temporary = {warning for file, warning in run.unreadable.items() if _may_be_incomplete(run, file)}
    return tuple(warning for warning in run.warnings if warning not in temporary)


def _may_be_incomplete(run: Run, file: str) -> bool:
    """Whether a file changed recently; for the folder of the run, whether any of its files did."""
    statuses = run.files.values() if file == str(run.path) else [run.files[file]] if file in run.files else []
    now = time()
    return any(not status.is_stable(now) for status in statuses)


def _overrides(run: Run) -> ModelOverrides:
    """Read new checkpoints as the others were read; a native run records how, except for the layer on show."""
    layer = run.config.layer if run.container == "native" and isinstance(run.config, _WITH_LAYERS) else None
    return ModelOverrides(reading=run.reading, layer=layer)


def _unreadable(run: Run, files: FolderSnapshot, warning: str) -> Run:
    """The run as it was, with a warning about its folder."""
    previous = run.unreadable.get(str(run.path))
    if previous == warning and files == run.files:
        return run
    others = (other for other in run.warnings if other != previous)
    return replace(run, files=files, warnings=(*others, warning), unreadable={**run.unreadable, str(run.path): warning})


def _reuse_checkpoints(current: Run, previous: Run) -> tuple[Checkpoint, ...]:
    """The current checkpoints, with the previous objects for unchanged files."""
    known = {_identity(previous, checkpoint): checkpoint for checkpoint in previous.checkpoints}
    return tuple(known.get(_identity(current, checkpoint), checkpoint) for checkpoint in current.checkpoints)


def _identity(run: Run, checkpoint: Checkpoint) -> tuple[int, str | None, FileSignature | None]:
    status = None if checkpoint.file is None else run.files.get(checkpoint.file)
    return checkpoint.epoch, checkpoint.file, None if status is None else status.signature


def _reuse_split(current: Split | None, previous: Split | None) -> Split | None:
    """The previous split, unless a different one is stored now."""
    if current is None or (previous is not None and np.array_equal(current.train, previous.train)):
        return previous
    return current
