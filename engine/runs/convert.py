"""Any readable run, written as a native one."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import torch

from engine.errors import GrokError, UnreadableRun
from engine.runs.atomic_files import make_folder, sync_folder, write_atomically
from engine.runs.losses_csv import losses_as_csv
from engine.runs.native_run import write_checkpoint, write_run
from engine.runs.run import Run, shorten_list


def convert(run: Run, path: Path, dtype: torch.dtype | None = None) -> Run:
    """Write any readable run as a native one, whole or not at all; checkpoints keep their dtype unless one is given.

    Returns what of it was written: damaged checkpoints are left out, and its warnings say so.

    Raises:
        UnreadableRun: `path` is there already, or no checkpoint can be read.
        OutOfRange: a weight is too large for the dtype.
        OSError: the folder cannot be written.
    """
    if path.exists():
        raise UnreadableRun(f"{path} is there already; convert into a new folder.")
    make_folder(path.parent)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.converting")
    shutil.rmtree(unfinished, ignore_errors=True)  # a conversion that was killed may have had the same number
    try:
        written = _write(run, unfinished, dtype)
        try:
            unfinished.rename(path)
        except OSError as error:  # somebody was faster
            raise UnreadableRun(f"{path} is there already; convert into a new folder.") from error
        sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return written


def _write(run: Run, path: Path, dtype: torch.dtype | None) -> Run:
    write_run(path, run.config, run.split, run.training)
    if run.losses is not None:
        write_atomically(path / "losses.csv", losses_as_csv(run.losses))
    written, left_out = [], []
    for checkpoint in run.checkpoints:
        try:
            weights = checkpoint.load()
        except GrokError as error:
            left_out.append(f"Epoch {checkpoint.epoch:,} was left out. {error}")
            continue
        narrowed = weights.to(dtype)
        write_checkpoint(path, checkpoint.epoch, narrowed, narrowed.W_E.dtype)
        written.append(checkpoint)
    if not written:
        raise UnreadableRun(f"{run.name} has no checkpoint that can be read. {left_out[-1]}")
    return replace(run, checkpoints=tuple(written), warnings=tuple(shorten_list(left_out)))
