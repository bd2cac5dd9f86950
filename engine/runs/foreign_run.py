"""Open a run that another program wrote: a folder of checkpoints, or a file with one or many of them."""

from __future__ import annotations

from pathlib import Path

from engine.runs import checkpoint_folder
from engine.runs.multi_checkpoint_file import open_multi_checkpoint_file
from engine.runs.reading_file import with_reading_file
from engine.runs.run import Run
from engine.runs.single_file import open_single
from engine.runs.stored_checkpoints import find_checkpoints
from engine.runs.torch_format.checkpoint_file import read_file
from engine.state_dicts.model_reading import ModelOverrides


def open_folder(path: Path, overrides: ModelOverrides) -> Run:
    """Open the run in a folder of checkpoints; raises as `open_run`."""
    return checkpoint_folder.open_folder(path, with_reading_file(overrides, path))


def open_file(path: Path, overrides: ModelOverrides) -> Run:
    """Open the run in a file with one checkpoint or many; raises as `open_run`."""
    payload, overrides = read_file(path), with_reading_file(overrides, path.parent)
    if (stored := find_checkpoints(payload)) is not None:
        return open_multi_checkpoint_file(stored, path, payload, overrides)
    return open_single(path, payload, overrides)
