"""Trains a network of any architecture: into a run that can be interrupted at any time and resumed, or in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from pathlib import Path

import torch
from torch import Tensor

from engine.networks.memory import bytes_needed_to_train, require_memory
from engine.networks.network import NetworkWeights
from engine.networks.split import Split
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig
from engine.training.orthogonal_gradient import orthogonalise
from engine.training.plan import training_split
from engine.training.recorder import Recorder, Trained, TrainingProgress
from engine.training.run_writer import open_run_writer
from engine.training.state import TrainingState, initial_state, restore_state
from engine.training.steps import make_step

_STUDY = TrainingConfig()


def train(
    config: TrainableConfig,
    training: TrainingConfig = _STUDY,
    *,
    path: Path | str | None = None,
    device: torch.device | str = "cpu",
    on_progress: Callable[[TrainingProgress], None] = lambda progress: None,
    on_checkpoint: Callable[[int, NetworkWeights], None] = lambda epoch, weights: None,
    should_stop: Callable[[], bool] = lambda: False,
) -> Trained:
    """Train a network; with a `path`, write a native run: `run.json`, `losses.csv`, checkpoints.

    Epoch e is the network after e steps; its losses are those of that network, in nats, by the definition of
    `training.loss`. The learning rate warms up linearly from zero over the first `warmup_steps` steps, as in the
    paper's code. The train loss is recorded at every epoch, the test loss every `test_every` epochs and with every
    checkpoint. Training ends after `epochs` steps, or when a test loss is below `stop_when`, which saves one more
    checkpoint.

    If `path` is a run with the same settings, training resumes from its last save, and the result is identical byte
    for byte to an uninterrupted run. A process that is killed loses at most the work since its last checkpoint. More
    `epochs`, or another `stop_when`, extend a run, also a finished one: the result is identical byte for byte to a run
    with the later end from the start.

    Args:
        config: the network: `ModelConfig`, `TransformerConfig` or `MlpConfig`.
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
    split = training_split(config, training)
    needed = bytes_needed_to_train(config, training)
    require_memory(needed, f"Training a network with p = {config.p:,}", "train with a smaller p", device)
    writing = nullcontext() if path is None else open_run_writer(Path(path), config, training, split)
    with writing as writer:
        state = initial_state(config, training, device)
        if writer is not None and writer.saved is not None:
            restore_state(state, writer.saved.state)
        recorder = Recorder(config, training, writer, state.tensors, on_progress, on_checkpoint)
        return _run(state, recorder, split, should_stop)


def _run(state: TrainingState, recorder: Recorder, split: Split, should_stop: Callable[[], bool]) -> Trained:
    config, training, optimiser = recorder.config, recorder.training, state.optimiser
    train_step = make_step(state.parameters, config, training, split.train, with_gradients=True)
    test_step = make_step(state.parameters, config, training, ~split.train)
    for epoch in range(recorder.first_epoch, training.epochs + 1):
        loss = train_step.loss().item()
        trained = recorder.record(epoch, loss, lambda: test_step.loss().item(), should_stop)
        if trained is not None:
            return trained
        optimiser.param_groups[0]["lr"] = learning_rate(training, epoch)
        train_step.backward()
        if training.optimizer == "orthogonal-grad":
            _orthogonalise_gradients(state.parameters)
        optimiser.step()
    raise AssertionError("the last epoch ends training")


def _orthogonalise_gradients(parameters: Mapping[str, Tensor]) -> None:
    for parameter in parameters.values():
        if parameter.grad is not None:
            orthogonalise(parameter.grad[None], parameter[None])


def learning_rate(training: TrainingConfig, step: int) -> float:
    """The learning rate of a step; with warm-up, step 0 has rate zero and updates only the moments of Adam.

    >>> [learning_rate(TrainingConfig(lr=1.0, warmup_steps=10), step) for step in (0, 5, 10, 20)]
    [0.0, 0.5, 1.0, 1.0]
    """
    return training.lr * (min(step / training.warmup_steps, 1.0) if training.warmup_steps else 1.0)
