"""A single checkpoint file, which may also contain losses and a config."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.runs.checkpoint_listing import WEIGHTS_NAMES
from engine.runs.checkpoint_series import FileEntry, build_series
from engine.runs.config_files import config_files_beside
from engine.runs.epoch_names import epoch_of_single
from engine.runs.losses.payload_losses import list_lengths
from engine.runs.losses.recorded_losses import losses_of_file
from engine.runs.recorded_epochs import epochs_in
from engine.runs.recorded_split import split_in
from engine.runs.run import Run
from engine.state_dicts.model_reading import ModelOverrides

CONTAINER = "checkpoint"


def open_single(path: Path, payload: Mapping[str, Any], overrides: ModelOverrides) -> Run:
    """Open a run of one checkpoint.

    Raises:
        UnreadableRun, UnsupportedModel, InvalidConfig: as `build_series`.
    """
    name = path.parent.name if path.name in WEIGHTS_NAMES else path.stem
    entry = FileEntry(epoch_of_only_file(payload, name), str(path.parent), path.name)
    beside = config_files_beside(path)
    series = build_series([entry], path, overrides, recorded=beside.settings)
    losses, loss_warnings = losses_of_file(path, payload, [entry.epoch], series.recorded)
    return Run(
        name=path.name,
        path=path,
        container=CONTAINER,
        config=series.config,
        reading=series.reading,
        checkpoints=series.checkpoints,
        losses=losses,
        split=split_in(payload, series.config.p),
        training=series.recorded,
        warnings=(*beside.warnings, *series.warnings, *loss_warnings),
        settings_files=beside.paths,
    )


def epoch_of_only_file(payload: Mapping[str, Any], name: str) -> int:
    """The epoch of a file without others to compare its name with.

    It is the recorded one, else the number in the name (without suffix), else the last epoch with a loss, else 0.
    """
    if recorded := epochs_in(payload):
        return recorded[0]
    if (numbered := epoch_of_single(name)) is not None:
        return numbered
    return max(list_lengths(payload).values(), default=1) - 1
