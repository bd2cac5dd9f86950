"""Trains a network by the study's recipe: into a run that can be interrupted at any time and resumed, or in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import GrokError
from engine.networks.config import ModelConfig
from engine.networks.memory import bytes_needed_to_train, require_memory
from engine.networks.pair_step.step import PairStep
from engine.networks.split import Split
from engine.networks.training_config import TrainingConfig
from engine.networks.weights import Weights, weight_shapes
from engine.runs.losses_csv import LossRow
from engine.training.plan import training_split
from engine.training.run_writer import RunWriter, open_run_writer
from engine.training.state import TrainingState, initial_state, restore_state

# Between checkpoints, the state to resume from is saved at this interval.
_SAVE_SECONDS = 30.0

Ending = Literal["epochs", "test_loss", "stopped"]
_STUDY = TrainingConfig()


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
    weights: Weights


def train(
    config: ModelConfig,
    training: TrainingConfig = _STUDY,
    *,
    path: Path | str | None = None,
    device: torch.device | str = "cpu",
    on_progress: Callable[[TrainingProgress], None] = lambda progress: None,
    on_checkpoint: Callable[[int, Weights], None] = lambda epoch, weights: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train a network; with a `path`, write a native run: `run.json`, `losses.csv`, checkpoints.

    Epoch e is the network after e steps; its losses are those of that network, in nats. The learning rate warms up
    linearly from zero over the first `warmup_steps` steps, as in the paper's code. The train loss is recorded at every
    epoch, the test loss every `test_every` epochs and with every checkpoint. Training ends after `epochs` steps, or
    when a test loss is below `stop_when`, which saves one more checkpoint.

    If `path` is a run with the same settings, training resumes from its last save, and the result is identical byte
    for byte to an uninterrupted run. A process that is killed loses at most the work since its last checkpoint. More
    `epochs`, or another `stop_when`, extend a run, also a finished one: the result is identical byte for byte to a run
    with the later end from the start.

    Args:
        config: the network.
        training: the training settings.
        path: the folder of the run; None writes nothing.
        device: where to train.
        on_progress: called at every epoch, including the first of the session.
        on_checkpoint: called with the epoch and a copy of the weights, on the CPU in the dtype of training, once a
            checkpoint of `save_every` is on disk; not called for checkpoints of an earlier session.
        should_stop: called at every epoch; if it returns True, everything is saved and training ends.

    Raises:
        GrokError: the settings cannot be trained; `path` is not a run with these settings, or another process trains
            it; the disk is full; the loss is not finite.
        NotEnoughMemory: a step needs more memory than is free.
    """
    needed = bytes_needed_to_train(config, training)
    require_memory(needed, f"Training a network with p = {config.p:,}", "train with a smaller p", device)
    split = training_split(config, training)
    writing = nullcontext() if path is None else open_run_writer(Path(path), config, training, split)
    with writing as writer:
        session = _Session(config, training, split, device, writer)
        return session.run(on_progress, on_checkpoint, should_stop)


class _Session:
    """One call of `train`: the state, and the losses that are not saved yet."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        split: Split,
        device: torch.device | str,
        writer: RunWriter | None,
    ) -> None:
        self.config, self.training, self.writer = config, training, writer
        self.state = initial_state(config, training, device)
        self.train_step = _pair_step(self.state, config, split.train, with_gradients=True)
        self.test_step = _pair_step(self.state, config, ~split.train)
        self.checkpoint_epochs = training.save_every.epochs(training.epochs)
        self.rows: list[LossRow] = []
        self.resumed_at: int | None = None  # the epoch of the save that was restored
        self.lacks_checkpoint = False  # whether that save has no checkpoint
        self.test_loss: float | None = None  # the latest one
        self.saved_at = perf_counter()
        if writer is not None and writer.saved is not None:
            saved = writer.saved
            restore_state(self.state, saved.state)
            self.resumed_at, self.test_loss = saved.state.epoch, saved.test_loss
            self.lacks_checkpoint = not saved.has_checkpoint

    def run(
        self,
        on_progress: Callable[[TrainingProgress], None],
        on_checkpoint: Callable[[int, Weights], None],
        should_stop: Callable[[], bool],
    ) -> Trained:
        started, first, epochs = perf_counter(), self.resumed_at or 0, self.training.epochs
        for epoch in range(first, epochs + 1):
            loss = self.train_step.loss().item()
            test_loss = self.test_loss if epoch == self.resumed_at else self._record_losses(epoch, loss)
            progress = TrainingProgress(epoch, epochs, loss, self.test_loss, perf_counter() - started, epoch - first)
            ending = self._ending(epoch, test_loss, should_stop)
            if epoch != self.resumed_at or (ending == "test_loss" and self.lacks_checkpoint):
                self._save_if_due(epoch, ending, on_checkpoint)
            on_progress(progress)
            if ending is not None:
                return Trained(progress, ending, self._weights())
            self._step(epoch)
        raise AssertionError("the last epoch ends training")

    def _record_losses(self, epoch: int, train_loss: float) -> float | None:
        """Record the losses of an epoch; returns the test loss if it is due at this epoch."""
        test_loss = None
        if self.training.tests_at(epoch, self.checkpoint_epochs):
            test_loss = self.test_loss = self.test_step.loss().item()
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

    def _save_if_due(self, epoch: int, ending: Ending | None, on_checkpoint: Callable[[int, Weights], None]) -> None:
        """Save a checkpoint if scheduled or if the test loss ends training; save the state at least at intervals."""
        is_checkpoint = epoch in self.checkpoint_epochs or ending == "test_loss"
        weights = self._weights() if is_checkpoint else None
        if is_checkpoint or ending is not None or perf_counter() - self.saved_at > _SAVE_SECONDS:
            if self.writer is not None:
                self.writer.save(epoch, self.rows, weights, self.state)
            self.rows.clear()
            self.saved_at = perf_counter()
        if weights is not None:
            on_checkpoint(epoch, weights)

    def _step(self, epoch: int) -> None:
        optimiser = self.state.optimiser
        optimiser.param_groups[0]["lr"] = self.training.lr * _warmup(epoch, self.training.warmup_steps)
        self.train_step.backward()
        optimiser.step()

    def _weights(self) -> Weights:
        """A copy of the weights on the CPU, with zeros for the biases that are not trained."""
        trained = {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.state.parameters.items()}
        dtype = trained["W_E"].dtype
        untrained = {
            name: torch.zeros(shape, dtype=dtype)
            for name, shape in weight_shapes(self.config).items()
            if name not in trained
        }
        return Weights(**trained, **untrained)


def _pair_step(
    state: TrainingState, config: ModelConfig, pairs: NDArray[np.bool_], with_gradients: bool = False
) -> PairStep:
    """The step of one run on the pairs of a mask [x, y]; it writes its gradients where the optimiser reads them."""
    parameters = state.parameters
    if with_gradients:
        for parameter in parameters.values():
            parameter.grad = torch.empty_like(parameter)
    gradients = {name: parameter.grad[None] for name, parameter in parameters.items() if parameter.grad is not None}
    x, y = torch.from_numpy(pairs).to(parameters["W_E"].device).nonzero().T.contiguous()
    weights = {name: parameter[None] for name, parameter in parameters.items()}
    return PairStep(weights, config, x[None], y[None], [len(x)], gradients if with_gradients else None)


def _warmup(step: int, warmup_steps: int) -> float:
    """The factor of the learning rate at a step, from 0; step 0 has rate zero and updates only the moments of Adam.

    >>> [_warmup(step, 10) for step in (0, 5, 10, 20)]
    [0.0, 0.5, 1.0, 1.0]
    """
    return min(step / warmup_steps, 1.0) if warmup_steps else 1.0
