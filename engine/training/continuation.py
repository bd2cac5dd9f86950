"""What an existing run may continue with: its recorded settings, and a later end.

A run is extended by more `epochs` or another `stop_when`. The result is byte for byte the run that has the later end
from the start. Whatever cannot be made so is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.errors import GrokError
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig
from engine.runs.losses_csv import read_losses, remove_last_test_loss
from engine.runs.native_run import checkpoint_files, record_training, recorded_settings
from engine.runs.run_json import config_to_json, training_to_json
from engine.training.model_options import recorded_options
from engine.training.state import RESUME_NAME, read_state


def settings_json(config: TrainableConfig, training: TrainingConfig) -> dict[str, object]:
    """All settings of a training by name, as `run.json` writes them, and the options that mean them."""
    omitted = {"biases": training.biases, "loss": training.loss, "optimizer": training.optimizer}  # if the defaults
    options = {**recorded_options(config), **omitted}
    return {**options, **config_to_json(config), **training_to_json(training)}


def require_same_settings(path: Path, recorded: Mapping[str, object], requested: Mapping[str, object]) -> None:
    """Refuse requested settings, by name, that differ from the recorded ones and do not extend the run.

    Raises:
        GrokError: the message names each difference.
    """
    differences = [
        _difference(name, recorded.get(name), value)
        for name, value in requested.items()
        if not _may_continue_with(name, recorded.get(name), value)
    ]
    if differences:
        raise GrokError(
            f"{path} is a run with other settings ({'; '.join(differences)}); a run continues with its recorded "
            "settings, except for a larger --epochs or another --stop-when. Omit the others, or train into a new "
            "folder."
        )


def require_continuable(path: Path, config: TrainableConfig, training: TrainingConfig) -> None:
    """Refuse settings with which the run at `path` cannot continue.

    Raises:
        GrokError: other settings, or a `stop_when` with which the run would have ended before its last save.
        UnreadableRun: a file of the run is damaged.
    """
    recorded_config, recorded = recorded_settings(path)
    require_same_settings(path, settings_json(recorded_config, recorded), settings_json(config, training))
    if training.stop_when not in (None, recorded.stop_when) and (path / RESUME_NAME).exists():
        _require_not_passed(path, training)


def record_end(path: Path, training: TrainingConfig) -> None:
    """Record the end of a run in `run.json`: from then on, opening it makes it the run with that end."""
    record_training(path, {"epochs": training.epochs, "stop_when": training.stop_when})


def remove_former_end(path: Path, epoch: int, training: TrainingConfig, test_loss: float | None) -> float | None:
    """Remove what a run with this end does not have: checkpoints after its last save, which is at `epoch`, and at that
    epoch the checkpoint and the test loss (`test_loss`) of a former end, unless they are due.

    Returns the test loss that remains.
    """
    scheduled = training.save_every.epochs(training.epochs)
    if test_loss is not None and not training.tests_at(epoch, scheduled):
        remove_last_test_loss(path)
        test_loss = None
    is_checkpoint = epoch in scheduled or training.stops_at(test_loss)
    for saved, file in checkpoint_files(path / "checkpoints").items():
        if saved > epoch or (saved == epoch and not is_checkpoint):
            file.unlink()
    return test_loss


def _may_continue_with(name: str, recorded: object, requested: object) -> bool:
    if name == "epochs" and isinstance(recorded, int) and isinstance(requested, int):
        return requested >= recorded
    return name in ("stop_when", "packed") or requested == recorded


def _difference(name: str, recorded: object, requested: object) -> str:
    if name == "table":
        return "another table of answers"
    words = ["none" if value is None else str(value) for value in (recorded, requested)]
    return f"{name}: recorded {words[0]}, requested {words[1]}"


def _require_not_passed(path: Path, training: TrainingConfig) -> None:
    """Refuse a `stop_when` that was reached before the last save: the run cannot go back to that epoch."""
    last, losses = read_state(path).epoch, read_losses(path / "losses.csv")
    if losses is None:
        return
    passed = np.flatnonzero((losses.epochs < last) & (losses.test < (training.stop_when or 0)))
    if len(passed):
        epoch, test_loss = losses.epochs[passed[0]], losses.test[passed[0]]
        raise GrokError(
            f"With --stop-when {training.stop_when:g}, {path} would have ended at epoch {epoch:,}, where its test loss "
            f"is {test_loss:.3e}, but it is trained to epoch {last:,}; pass a smaller --stop-when, or train into a new "
            "folder."
        )
