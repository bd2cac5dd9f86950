"""Convert any readable run to the native format."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import torch

from engine.errors import GrokError, UnreadableRun, UnsupportedModel
from engine.networks.trainable_config import TrainableConfig
from engine.runs.atomic_files import make_folder, sync_folder, write_atomically
from engine.runs.losses_csv import losses_as_csv
from engine.runs.native_run import write_checkpoint, write_run
from engine.runs.run import Run, shorten_list


def convert(run: Run, path: Path, dtype: torch.dtype | None = None) -> Run:
    """Write a run in the native format, completely or not at all; checkpoints keep their dtype unless one is given.

    Returns the run as written: damaged checkpoints are skipped, with a warning.

    Raises:
        UnreadableRun: `path` exists, or no checkpoint can be read.
        UnsupportedModel: the native format has no such architecture.
        OutOfRange: a weight is too large for the dtype.
        OSError: the folder cannot be written.
    """
    if path.exists():
        raise UnreadableRun(f"{path} already exists; choose a new folder.")
    make_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.converting")
    shutil.rmtree(unfinished, ignore_errors=True)  # left by a killed conversion with the same process id
    try:
        written = _write(run, unfinished, dtype)
        try:
            unfinished.rename(path)
        except OSError as error:
            if not path.exists():
                raise
            # Another process created it meanwhile.
            raise UnreadableRun(f"{path} already exists; choose a new folder.") from error
        sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return written


def _write(run: Run, path: Path, dtype: torch.dtype | None) -> Run:
    if not isinstance(run.config, TrainableConfig):
        raise UnsupportedModel(
            f"{run.name} is {run.config.description}; the native format holds transformers and MLPs; open the run "
            "where it is."
        )
    write_run(path, run.config, run.split, run.training)
    if run.losses is not None:
        write_atomically(path / "losses.csv", losses_as_csv(run.losses))
    written, skipped = [], []
    for checkpoint in run.checkpoints:
        try:
            weights = checkpoint.load()
        except GrokError as error:
            skipped.append(f"Epoch {checkpoint.epoch:,} was skipped: {error}")
            continue
        converted = weights.to(dtype)
        write_checkpoint(path, checkpoint.epoch, converted, converted.dtype)
        written.append(checkpoint)
    if not written:
        raise UnreadableRun(f"{run.name} has no readable checkpoint. {skipped[-1]}")
    return replace(run, checkpoints=tuple(written), warnings=tuple(shorten_list(skipped)))
