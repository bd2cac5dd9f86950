"""Trains a model by the study's recipe, into a run that can be cut off at any instant and continued, or in memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Literal

import torch
from torch import Tensor

from engine.errors import GrokError
from engine.networks.config import ModelConfig, TrainingConfig
from engine.networks.memory import bytes_needed_to_train, require_memory
from engine.networks.pair_forward import pair_loss
from engine.networks.split import Split
from engine.networks.weights import Weights, weight_shapes
from engine.runs.losses_csv import LossRow
from engine.training.plan import training_split
from engine.training.run_writer import RunWriter, open_run_writer
from engine.training.state import initial_state, restore_state

# What is trained between two checkpoints is saved this often, to go on from.
_SAVE_SECONDS = 30.0

Ending = Literal["epochs", "test_loss", "stopped"]
_STUDY = TrainingConfig()


@dataclass(frozen=True)
class TrainingProgress:
    """Where training stands; `test_loss` is the last one measured, `seconds` and `steps` are of this session."""

    epoch: int
    epochs: int
    train_loss: float
    test_loss: float | None
    seconds: float
    steps: int


@dataclass(frozen=True, eq=False)
class Trained:
    """What training came to, and why it ended: all epochs done, the test loss low enough, or told to stop."""

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
    """Train a model; with a `path` into a native run: `run.json`, `losses.csv`, checkpoints.

    Epoch e is the model after e steps, and its losses are of that model. The learning rate climbs linearly, from
    zero, over the first `warmup_steps` steps, as in the paper's code. Train loss is recorded every epoch, test loss
    every `test_every` and with every checkpoint. Training ends after `epochs` steps or, with a checkpoint more, where
    a test loss lies below `stop_when`.

    A run of the same settings that is at `path` already is continued from where it was saved, to the same bytes as
    without the stop; a process killed at any instant loses at most what came after its last checkpoint.

    Args:
        path: the folder of the run; without one nothing is written.
        on_progress: called at every epoch, that of the start too.
        on_checkpoint: called with the epoch and a copy of the weights, on the CPU in the dtype of the arithmetic, at
            each epoch that `save_every` keeps, when it is on the disk; not again for those of an earlier session.
        should_stop: asked at every epoch; where it says so, all is saved and training ends.

    Raises:
        GrokError: settings that cannot be trained; `path` is something else than a run of these settings, or is
            being trained by another process; the disk is full; the loss is no number any more.
        NotEnoughMemory: a step would take more than there is.
    """
    needed = bytes_needed_to_train(config, training)
    require_memory(needed, f"Training a network with p = {config.p:,}", "train with a smaller p", device)
    split = training_split(config, training)
    writing = nullcontext() if path is None else open_run_writer(Path(path), config, training, split)
    with writing as folder:
        session = _Session(config, training, split, device, folder)
        return session.run(on_progress, on_checkpoint, should_stop)


class _Session:
    """One sitting of a training: the state, and what of it is not saved yet."""

    def __init__(
        self,
        config: ModelConfig,
        training: TrainingConfig,
        split: Split,
        device: torch.device | str,
        folder: RunWriter | None,
    ) -> None:
        self.config, self.training, self.folder = config, training, folder
        self.state = initial_state(config, training, device)
        self.train_pairs, self.test_pairs = (
            torch.from_numpy(mask).to(device).nonzero().T.contiguous() for mask in (split.train, ~split.train)
        )
        self.kept = training.save_every.epochs(training.epochs)
        self.rows: list[LossRow] = []
        self.recorded: int | None = None  # the epoch that is on the disk already
        self.test_loss: float | None = None  # the last one measured
        self.saved_at = perf_counter()
        if folder is not None and folder.saved is not None:
            restore_state(self.state, folder.saved.state)
            self.recorded, self.test_loss = folder.saved.state.epoch, folder.saved.test_loss

    def run(
        self,
        on_progress: Callable[[TrainingProgress], None],
        on_checkpoint: Callable[[int, Weights], None],
        should_stop: Callable[[], bool],
    ) -> Trained:
        started, first, epochs = perf_counter(), self.recorded or 0, self.training.epochs
        for epoch in range(first, epochs + 1):
            loss = pair_loss(self.state.parameters, self.config, *self.train_pairs)
            tested = self.test_loss if epoch == self.recorded else self._measure(epoch, loss.item())
            progress = TrainingProgress(
                epoch, epochs, loss.item(), self.test_loss, perf_counter() - started, epoch - first
            )
            ending = self._ending(epoch, tested, should_stop)
            if epoch != self.recorded:
                self._record(epoch, ending, on_checkpoint)
            on_progress(progress)
            if ending is not None:
                return Trained(progress, ending, self._weights())
            self._step(epoch, loss)
        raise AssertionError("the last epoch ends training")

    def _measure(self, epoch: int, train_loss: float) -> float | None:
        """Note the losses of an epoch; returns the test loss where it is due."""
        tested = None
        if epoch % self.training.test_every == 0 or epoch in self.kept:
            with torch.no_grad():
                tested = self.test_loss = pair_loss(self.state.parameters, self.config, *self.test_pairs).item()
        if not math.isfinite(train_loss):
            raise GrokError(f"The train loss is {train_loss} at epoch {epoch:,}: training diverged; try a smaller lr.")
        self.rows.append((epoch, train_loss, tested))
        return tested

    def _ending(self, epoch: int, tested: float | None, should_stop: Callable[[], bool]) -> Ending | None:
        threshold = self.training.stop_when
        if epoch == self.training.epochs:
            return "epochs"
        if threshold is not None and tested is not None and tested < threshold:
            return "test_loss"
        return "stopped" if should_stop() else None

    def _record(self, epoch: int, ending: Ending | None, on_checkpoint: Callable[[int, Weights], None]) -> None:
        """Save what is due: checkpoints by the schedule and where the test loss ends training, else by the clock."""
        keep = epoch in self.kept or ending == "test_loss"
        weights = self._weights() if keep else None
        if keep or ending is not None or perf_counter() - self.saved_at > _SAVE_SECONDS:
            if self.folder is not None:
                self.folder.save(epoch, self.rows, weights, self.state)
            self.rows.clear()
            self.saved_at = perf_counter()
        if weights is not None:
            on_checkpoint(epoch, weights)

    def _step(self, epoch: int, loss: Tensor) -> None:
        optimiser = self.state.optimiser
        optimiser.param_groups[0]["lr"] = self.training.lr * _warmup(epoch, self.training.warmup_steps)
        loss.backward()
        optimiser.step()
        optimiser.zero_grad()

    def _weights(self) -> Weights:
        """A copy of the weights, with zeros for the biases that are not trained."""
        trained = {name: tensor.detach().to("cpu", copy=True) for name, tensor in self.state.parameters.items()}
        dtype = trained["W_E"].dtype
        zero = {
            name: torch.zeros(shape, dtype=dtype)
            for name, shape in weight_shapes(self.config).items()
            if name not in trained
        }
        return Weights(**trained, **zero)


def _warmup(step: int, warmup_steps: int) -> float:
    """The share of the learning rate that step number `step` (from 0) takes: the first moves nothing but moments."""
    return min(step / warmup_steps, 1.0) if warmup_steps else 1.0
