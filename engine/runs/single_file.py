"""A single checkpoint file, which may also contain losses and a config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.runs.checkpoint_series import FileEntry, ModelOverrides, build_series
from engine.runs.payload import MAX_EPOCH, align_losses, epochs_in, losses_in, split_in
from engine.runs.run import RecordedLosses, Run

CONTAINER = "checkpoint"

_NUMBERED_NAME = re.compile(r"(?:(?:epoch|step|iter|ckpt|checkpoint)[-_=]?)?(\d+)", re.IGNORECASE)


def open_single(path: Path, payload: Mapping[str, Any], overrides: ModelOverrides) -> Run:
    """Open a run of one checkpoint.

    Its epoch is the recorded one, else the number in the file name, else the last epoch with a loss, else 0.


    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    losses = losses_in(payload)
    entry = FileEntry(_epoch(path, payload, losses), str(path.parent), path.name)
    series = build_series([entry], path, overrides)
    losses, loss_warnings = align_losses(losses, entry.epoch)
    return Run(
        name=path.name,
        path=path,
        container=CONTAINER,
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p),
        training=series.recorded,
        warnings=(*series.warnings, *loss_warnings),
    )


def _epoch(path: Path, payload: Mapping[str, Any], losses: RecordedLosses | None) -> int:
    if recorded := epochs_in(payload):
        return recorded[0]
    if (match := _NUMBERED_NAME.fullmatch(path.stem)) and int(match[1]) < MAX_EPOCH:
        return int(match[1])
    return 0 if losses is None else int(losses.epochs[-1])
