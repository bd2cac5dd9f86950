"""A native run whose checkpoints a function of the user's reads (`--network`); losses and split stay as recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.runs.checkpoint_series import FileEntry, build_series
from engine.runs.run import Run
from engine.runs.run_json import config_to_json
from engine.state_dicts.model_reading import ModelOverrides


def with_own_network(run: Run, overrides: ModelOverrides) -> Run:
    """The native run, with the networks of the function in `overrides`, or of an earlier reading by it.

    Raises:
        UserCodeError, InvalidConfig: the function fails, or what it returns does not fit.
        UnreadableRun: no checkpoint can be read.
    """
    files = [(checkpoint.epoch, Path(checkpoint.file)) for checkpoint in run.checkpoints if checkpoint.file is not None]
    entries = [FileEntry(epoch, str(file.parent), file.name) for epoch, file in files]
    overrides = replace(overrides, table=overrides.table or run.config.table)
    recorded = {**config_to_json(run.config), "training": dict(run.training)}
    series = build_series(entries, run.path, overrides, recorded=recorded)
    return replace(
        run,
        config=series.config,
        reading=series.reading,
        checkpoints=series.checkpoints,
        warnings=(*run.warnings, *series.warnings),
        unreadable={**run.unreadable, **series.unreadable},
    )
