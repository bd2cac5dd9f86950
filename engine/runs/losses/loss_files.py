"""Read the losses in the files beside checkpoints: CSV, JSON, and JSON lines."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from time import time
from typing import Any

from engine.errors import UnreadableRun
from engine.runs.folder_snapshot import STABLE_SECONDS, FileSignature, signature_of
from engine.runs.losses.columns import InvalidColumns
from engine.runs.losses.csv_columns import csv_columns
from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.file_names import find_loss_files, shown_name
from engine.runs.losses.json_columns import json_columns, json_lines_columns
from engine.runs.losses.loss_series import LossSource
from engine.runs.torch_format.checkpoint_file import read_bytes

_MAX_BYTES = 64 << 20
_EXPECTED = "expected a text file of losses"


def read_loss_files(folder: Path, evidence: EpochEvidence) -> list[LossSource]:
    """What the files of losses of a run's folder record; a damaged file has a warning instead.

    Raises:
        OSError: the folder cannot be listed.
    """
    return [_read(Path(path), shown_name(path, str(folder)), evidence) for path in find_loss_files(str(folder))]


def _read(path: Path, name: str, evidence: EpochEvidence) -> LossSource:
    try:
        signature = signature_of(path)
        may_grow = time() - signature.mtime_ns / 1e9 < STABLE_SECONDS
        columns, warning = _columns(path, signature, may_grow)
    except OSError as error:
        return LossSource(name, warnings=(f"{name} was skipped: {error.strerror or error}.",))
    except (InvalidColumns, UnreadableRun) as error:
        return LossSource(name, warnings=(f"{name} was skipped: {str(error).removesuffix('.')}.",))
    source = read_columns(columns, name, evidence)
    warnings = source.warnings if warning is None else (*source.warnings, f"{name}: {warning}.")
    return LossSource(name, source.series, warnings)


@lru_cache(maxsize=8)  # a folder is read at every refresh, these files change less often
def _columns(path: Path, signature: FileSignature, may_grow: bool) -> tuple[Mapping[str, Any], str | None]:
    data = read_bytes(path, _EXPECTED, _MAX_BYTES)
    match path.suffix.lower():
        case ".json":
            return json_columns(data), None
        case ".jsonl" | ".ndjson":
            return json_lines_columns(data)
        case _:
            return csv_columns(data, may_grow=may_grow), None
