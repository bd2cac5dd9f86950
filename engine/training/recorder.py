"""Records one run during training: its losses, its checkpoints, the state to resume from, and when it ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor

from engine.errors import GrokError
from engine.networks.network import NetworkWeights
from engine.networks.parameters import weights_of
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig
from engine.runs.losses_csv import LossRow
from engine.training.run_writer import RunWriter

# Between checkpoints, the state to resume from is saved at this interval.
_SAVE_SECONDS = 30.0

Ending = Literal["epochs", "test_loss", "stopped"]


@dataclass(frozen=True)
class TrainingProgress:
    """The progress of training: `test_loss` is the latest one; `seconds` and `steps` count this session only."""

    epoch: int
    epochs: int
    train_loss: float
    test_loss: float | None
    seconds: float
    steps: int


@dataclass(frozen=True, eq=False)
class Trained:
    """The result of training, and why it ended: all epochs done, test loss low enough, or stopped by `should_stop`."""

    progress: TrainingProgress
    ending: Ending
    weights: NetworkWeights


class Recorder:
    """One session of training a run. `tensors` returns its present parameters and moments by name, as in `state.py`."""

    def __init__(
        self,
        config: TrainableConfig,
        training: TrainingConfig,
        writer: RunWriter | None,
        tensors: Callable[[], Mapping[str, Tensor]],
        on_progress: Callable[[TrainingProgress], None],
        on_checkpoint: Callable[[int, NetworkWeights], None] = lambda epoch, weights: None,
    ) -> None:
        self.config, self.training, self.writer, self.tensors = config, training, writer, tensors
        self.on_progress, self.on_checkpoint = on_progress, on_checkpoint
        self.checkpoint_epochs = training.save_every.epochs(training.epochs)
        self.rows: list[LossRow] = []  # not saved yet
        saved = None if writer is None else writer.saved
        self.resumed_at = None if saved is None else saved.state.epoch
        self.lacks_checkpoint = saved is not None and not saved.has_checkpoint  # the save that was restored
        self.test_loss = None if saved is None else saved.test_loss  # the latest one
        self.started = self.saved_at = perf_counter()

    @property
    def first_epoch(self) -> int:
        """The epoch at which the session begins."""
        return self.resumed_at or 0

    def record(
        self, epoch: int, train_loss: float, compute_test_loss: Callable[[], float], should_stop: Callable[[], bool]
    ) -> Trained | None:
        """Record an epoch and save what is due; returns the result if training ends there.

        Raises:
            GrokError: the loss is not finite, or the run cannot be written.
        """
        is_new = epoch != self.resumed_at
        test_loss = self._record_losses(epoch, train_loss, compute_test_loss) if is_new else self.test_loss
        progress = TrainingProgress(
            epoch,
            self.training.epochs,
            train_loss,
            self.test_loss,
            perf_counter() - self.started,
            epoch - self.first_epoch,
        )
        ending = self._ending(epoch, test_loss, should_stop)
        if is_new or (ending == "test_loss" and self.lacks_checkpoint):
            self._save_if_due(epoch, ending)
        self.on_progress(progress)
        return None if ending is None else Trained(progress, ending, self._weights())

    def _record_losses(self, epoch: int, train_loss: float, compute_test_loss: Callable[[], float]) -> float | None:
        """Record the losses of an epoch; returns the test loss if it is due at this epoch."""
        test_loss = None
        if self.training.tests_at(epoch, self.checkpoint_epochs):
            test_loss = self.test_loss = compute_test_loss()
        if not math.isfinite(train_loss):
            raise GrokError(f"The train loss is {train_loss} at epoch {epoch:,}: training diverged; try a smaller lr.")
        self.rows.append((epoch, train_loss, test_loss))
        return test_loss

    def _ending(self, epoch: int, test_loss: float | None, should_stop: Callable[[], bool]) -> Ending | None:
        if epoch == self.training.epochs:
            return "epochs"
        if self.training.stops_at(test_loss):
            return "test_loss"
        return "stopped" if should_stop() else None

    def _save_if_due(self, epoch: int, ending: Ending | None) -> None:
        """Save a checkpoint if scheduled or if the test loss ends training; save the state at least at intervals."""
        is_checkpoint = epoch in self.checkpoint_epochs or ending == "test_loss"
        weights = self._weights() if is_checkpoint else None
        if is_checkpoint or ending is not None or perf_counter() - self.saved_at > _SAVE_SECONDS:
            if self.writer is not None:
                self.writer.save(epoch, self.rows, weights, self.tensors())
            self.rows.clear()
            self.saved_at = perf_counter()
        if weights is not None:
            self.on_checkpoint(epoch, weights)

    def _weights(self) -> NetworkWeights:
        """A copy of the weights on the CPU, with zeros for the biases that are not trained."""
        trained = {
            name.removeprefix("param/"): tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)
            for name, tensor in self.tensors().items()
            if name.startswith("param/")
        }
        return weights_of(self.config, trained)
