"""A single checkpoint file, which may also contain losses and a config."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.runs.checkpoint_series import FileEntry, build_series
from engine.runs.losses.payload_losses import list_lengths
from engine.runs.losses.recorded_losses import losses_of_file
from engine.runs.payload import MAX_EPOCH, epochs_in, split_in
from engine.runs.run import Run
from engine.state_dicts.config_inference import ModelOverrides

CONTAINER = "checkpoint"

_NUMBERED_NAME = re.compile(r"(?:(?:epoch|step|iter|ckpt|checkpoint)[-_=]?)?(\d+)", re.IGNORECASE)


def open_single(path: Path, payload: Mapping[str, Any], overrides: ModelOverrides) -> Run:
    """Open a run of one checkpoint.

    Its epoch is the recorded one, else the number in the file name, else the last epoch with a loss, else 0.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    entry = FileEntry(_epoch(path, payload), str(path.parent), path.name)
    series = build_series([entry], path, overrides)
    losses, loss_warnings = losses_of_file(path, payload, [entry.epoch], series.recorded)
    return Run(
        name=path.name,
        path=path,
        container=CONTAINER,
        config=series.config,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p),
        training=series.recorded,
        reading=series.reading,
        warnings=(*series.warnings, *loss_warnings),
    )


def _epoch(path: Path, payload: Mapping[str, Any]) -> int:
    if recorded := epochs_in(payload):
        return recorded[0]
    if (match := _NUMBERED_NAME.fullmatch(path.stem)) and int(match[1]) < MAX_EPOCH:
        return int(match[1])
    return max(list_lengths(payload).values(), default=1) - 1
