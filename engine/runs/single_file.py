"""A single checkpoint file, with or without its trainer's losses and config beside the weights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.runs.checkpoint_series import FileEntry, ModelOverrides, build_series
from engine.runs.payload import MAX_EPOCH, align_losses, epochs_in, losses_in, split_in
from engine.runs.run import RecordedLosses, Run

CONTAINER = "checkpoint"

_NUMBERED = re.compile(r"(?:(?:epoch|step|iter|ckpt|checkpoint)[-_=]?)?(\d+)", re.IGNORECASE)


def open_single(path: Path, payload: Mapping[str, Any], told: ModelOverrides) -> Run:
    """A run of one checkpoint. Its epoch is as saved, else as named, else the last with a loss, else 0.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    losses = losses_in(payload)
    entry = FileEntry(_epoch(path, payload, losses), str(path.parent), path.name)
    series = build_series([entry], path, told)
    losses, losses_left_out = align_losses(losses, entry.epoch)
    return Run(
        name=path.name,
        path=path,
        container=CONTAINER,
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p),
        training=series.recorded,
        warnings=(*series.warnings, *losses_left_out),
    )


def _epoch(path: Path, payload: Mapping[str, Any], losses: RecordedLosses | None) -> int:
    if saved := epochs_in(payload):
        return saved[0]
    if (named := _NUMBERED.fullmatch(path.stem)) and int(named[1]) < MAX_EPOCH:
        return int(named[1])
    return 0 if losses is None else int(losses.epochs[-1])
