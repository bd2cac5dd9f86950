"""The losses of a run whose checkpoints each record those of their own epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from torch import Tensor

from engine.errors import UnreadableRun
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.lazy_files import is_placeholder
from engine.runs.losses.columns import as_list, columns_of_rows
from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.loss_series import LossSource
from engine.runs.losses.payload_losses import values_in
from engine.runs.run import Checkpoint
from engine.runs.torch_format.checkpoint_file import read_file

# A checkpoint is read in one or two milliseconds; of a longer run every 2nd, 4th, ... and the last one are read.
MAX_READ = 512


def read_checkpoint_values(checkpoints: Sequence[Checkpoint]) -> LossSource:
    """The losses and accuracies that checkpoints in files of their own record, each of its epoch.

    Files that have not changed since an earlier call are not read again, and remote ones are not fetched. Unreadable
    ones have no values: they are reported when their weights are read.
    """
    step = 1
    while len(checkpoints) > step * MAX_READ:
        step *= 2
    files = {checkpoint.epoch: checkpoint.file for checkpoint in (*checkpoints[::step], checkpoints[-1])}
    chosen = {epoch: file for epoch, file in files.items() if file is not None and not is_placeholder(Path(file))}
    rows = [{**_values_of(file), "epoch": epoch} for epoch, file in chosen.items()]
    share = f"{len(chosen):,} of " if len(chosen) < len(checkpoints) else ""
    name = f"{share}{len(checkpoints):,} checkpoints"
    return read_columns(columns_of_rows(rows), name, EpochEvidence([checkpoint.epoch for checkpoint in checkpoints]))


def records_values(checkpoint: Checkpoint) -> bool:
    """Whether a checkpoint in a file of its own records its loss or accuracy; False if it is not fetched yet."""
    file = checkpoint.file
    return file is not None and not is_placeholder(Path(file)) and bool(_values_of(file))


def _values_of(file: str) -> Mapping[str, object]:
    try:
        return _read_values(file, signature_of(Path(file)))
    except (OSError, UnreadableRun):
        return {}


@lru_cache(maxsize=4 * MAX_READ)  # a growing folder is read at every refresh
def _read_values(file: str, signature: FileSignature) -> Mapping[str, object]:
    values = values_in(read_file(Path(file), map_from=0))
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: object) -> object:
    """A list or tensor of one number as that number: the cache must not keep a mapping of the file."""
    values = as_list(value)
    value = values[0] if values is not None and len(values) == 1 else value
    return value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
