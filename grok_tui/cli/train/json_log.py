"""The log of a training for programs: one JSON object per line, each with an `event`. The README lists the fields."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engine import __version__
from engine.absent import none_unless_finite
from grok_tui.cli.train.progress import rate

if TYPE_CHECKING:
    from engine import Trained, TrainingConfig, TrainingPlan, TrainingProgress
    from engine.networks.trainable_config import TrainableConfig


class JsonLog:
    """Writes events to a stream; None writes nothing. Training continues if the reader of the stream has ended."""

    def __init__(self, stream: TextIO | None, run: Path) -> None:
        self._stream, self._run = stream, run

    def plan(self, planned: TrainingPlan, config: TrainableConfig, training: TrainingConfig, device: str) -> None:
        from engine.runs.run_json import config_to_json, training_to_json

        self._write(
            "plan",
            run=str(self._run),
            version=__version__,
            model=config_to_json(config),
            training=training_to_json(training),
            parameters=planned.n_parameters,
            train_pairs=planned.n_train,
            test_pairs=planned.n_test,
            device=device,
            checkpoints=len(planned.checkpoints),
            disk_bytes=planned.disk_bytes,
        )

    def progress(self, progress: TrainingProgress) -> None:
        self._write(
            "progress",
            epoch=progress.epoch,
            epochs=progress.epochs,
            train_loss=none_unless_finite(progress.train_loss),
            test_loss=none_unless_finite(progress.test_loss),
            seconds=progress.seconds,
            epochs_per_second=rate(progress),
        )

    def checkpoint(self, epoch: int) -> None:
        from engine.runs.native_run import checkpoint_path

        self._write("checkpoint", epoch=epoch, file=str(checkpoint_path(self._run, epoch)))

    def ended(self, trained: Trained, stop_reason: str | None) -> None:
        progress = trained.progress
        stopped = trained.ending == "stopped"
        self._write(
            "stopped" if stopped else "done",
            reason=stop_reason if stopped else trained.ending,
            epoch=progress.epoch,
            train_loss=none_unless_finite(progress.train_loss),
            test_loss=none_unless_finite(progress.test_loss),
        )

    def failed(self, sentence: str) -> None:
        self._write("stopped", reason="error", message=sentence)

    def _write(self, event: str, **fields: object) -> None:
        if self._stream is None:
            return
        try:
            self._stream.write(json.dumps({"event": event, **fields}, allow_nan=False) + "\n")
            self._stream.flush()
        except BrokenPipeError:
            os.dup2(
                os.open(os.devnull, os.O_WRONLY), self._stream.fileno()
            )  # otherwise Python reports the broken pipe at exit
            self._stream = None
