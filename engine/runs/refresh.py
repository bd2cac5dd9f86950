"""A run that is still being written, by whatever program: what has come since, and what is only half there."""

from __future__ import annotations

from dataclasses import replace
from time import time

import numpy as np

from engine.errors import GrokError
from engine.networks.config import InvalidConfig
from engine.networks.split import Split
from engine.runs.checkpoint_series import ModelOverrides
from engine.runs.folder_snapshot import FileSignature, FolderSnapshot, take_snapshot
from engine.runs.open_run import open_snapshot
from engine.runs.run import Checkpoint, Run


def refresh(run: Run) -> Run:
    """The run as it is on disk now; the same object where nothing has changed.

    Only what is new is read. Checkpoints whose files are as they were stay the same objects, and so does the split.
    A folder that cannot be read as this run leaves the run as it was, with a warning once nothing happens there any
    more; a run of one file stays as it is.
    """
    try:
        files = take_snapshot(run.path, run.files) if run.path.is_dir() else run.files
        if files == run.files and str(run.path) not in run.left_out:
            return run
        found = open_snapshot(run.path, files, _told(run), run.losses)
        if found.config != run.config:
            raise InvalidConfig("another model")
    except OSError:  # out of reach
        return run
    except InvalidConfig:
        return _not_readable(run, files, f"{run.path} now holds another model; open it again.")
    except GrokError as error:
        return _not_readable(run, files, str(error))
    return replace(found, checkpoints=_carried(found, run), split=_same_split(found.split, run.split))


def is_settled(run: Run) -> bool:
    """Whether all that was seen of the run could be read, or has been still for too long to come."""
    return not any(_may_come(run, file) for file in run.left_out)


def lasting_warnings(run: Run) -> tuple[str, ...]:
    """The run's warnings without those about files that may only be half written: they are not there yet."""
    passing = {sentence for file, sentence in run.left_out.items() if _may_come(run, file)}
    return tuple(warning for warning in run.warnings if warning not in passing)


def _may_come(run: Run, file: str) -> bool:
    """Whether a file was written to just now; for the run's folder, whether any in it was."""
    seen = run.files.values() if file == str(run.path) else [run.files[file]] if file in run.files else []
    now = time()
    return any(not sighting.is_stable(now) for sighting in seen)


def _told(run: Run) -> ModelOverrides:
    """What was found out or told about the model holds for what comes; a native run says it itself."""
    if run.container == "native":
        return ModelOverrides()
    config = run.config
    return ModelOverrides(config.p, config.prompt.describe(config.p), config.act_fn, config.operation)


def _not_readable(run: Run, files: FolderSnapshot, sentence: str) -> Run:
    """The run as it was, with a warning about what its folder has become."""
    told_before = run.left_out.get(str(run.path))
    if told_before == sentence and files == run.files:
        return run
    lasting = (warning for warning in run.warnings if warning != told_before)
    left_out = {**run.left_out, str(run.path): sentence}
    return replace(run, files=files, warnings=(*lasting, sentence), left_out=left_out)


def _carried(found: Run, before: Run) -> tuple[Checkpoint, ...]:
    """The checkpoints found, those that are known already as the objects that they were."""
    known = {_identity(before, checkpoint): checkpoint for checkpoint in before.checkpoints}
    return tuple(known.get(_identity(found, checkpoint), checkpoint) for checkpoint in found.checkpoints)


def _identity(run: Run, checkpoint: Checkpoint) -> tuple[int, str | None, FileSignature | None]:
    seen = None if checkpoint.file is None else run.files.get(checkpoint.file)
    return checkpoint.epoch, checkpoint.file, None if seen is None else seen.stamp


def _same_split(found: Split | None, before: Split | None) -> Split | None:
    """The split as it was known, unless another is stored now."""
    if found is None or (before is not None and np.array_equal(found.train, before.train)):
        return before
    return found
