"""The losses in TensorBoard event files, beside checkpoints or in the usual folders of logs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from engine.errors import UnreadableRun
from engine.runs.folder_snapshot import FileSignature, signature_of
from engine.runs.losses.columns import InvalidColumns, columns_of_rows, is_recognised
from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.event_records import Scalar, read_scalars
from engine.runs.losses.file_names import find_event_files, shown_name
from engine.runs.losses.loss_series import LossSource
from engine.runs.torch_format.checkpoint_file import read_bytes

_MAX_BYTES = 64 << 20
_EXPECTED = "expected a TensorBoard event file"
_NO_EXTRA = "reading TensorBoard event files needs protobuf; install grok-tui[tensorboard]"


def read_event_files(folder: Path, evidence: EpochEvidence) -> list[LossSource]:
    """What the event files of a run's folder record, in their order; a damaged file has a warning.

    Raises:
        OSError: the folder cannot be listed.
    """
    return [_read(files, folder, evidence) for files in find_event_files(str(folder))]


def _read(files: Sequence[str], folder: Path, evidence: EpochEvidence) -> LossSource:
    """The losses in the event files of one run: of its restarts, or of its splits in folders of their own."""
    above = os.path.commonpath([os.path.dirname(file) for file in files])  # noqa: PTH120
    name = shown_name(files[0] if len(files) == 1 else above, str(folder))
    name = name if len(files) == 1 else f"{len(files)} event files in {name}"
    rows: list[dict[str, object]] = []
    warnings: list[str] = []
    for file in files:
        split = os.path.relpath(os.path.dirname(file), above).replace(os.curdir, "")  # noqa: PTH120
        try:
            scalars, damage = _scalars(Path(file), signature_of(Path(file)))
        except ImportError:
            return LossSource(name, warnings=(f"{name} was skipped: {_NO_EXTRA}.",))
        except (OSError, UnreadableRun) as error:
            warnings.append(f"{shown_name(file, str(folder))} was skipped: {str(error).removesuffix('.')}.")
            continue
        if damage:
            warnings.append(f"{shown_name(file, str(folder))} was read in part: {damage}.")
        tags = ((f"{split}/{tag}" if split else tag, step, value) for tag, step, value in scalars)
        rows.extend({"step": step, tag: value} for tag, step, value in tags if is_recognised(tag))
    try:
        source = read_columns(columns_of_rows(rows), name, evidence)
    except InvalidColumns as error:
        return LossSource(name, warnings=(f"{name} was skipped: {error}.",))
    return LossSource(name, source.series, (*warnings, *source.warnings))


@lru_cache(maxsize=8)  # a folder is read at every refresh
def _scalars(path: Path, signature: FileSignature) -> tuple[list[Scalar], str | None]:
    return read_scalars(read_bytes(path, _EXPECTED, _MAX_BYTES))
