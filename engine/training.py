"""Trains a run by the study's recipe and writes it as it goes; a run that was cut off is continued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import torch
from torch import Tensor

from engine.config import ModelConfig, Prompt, TrainingConfig
from engine.errors import GrokError
from engine.pair_model import pair_loss
from engine.runs.losses_csv import LossRow, append_losses
from engine.runs.native import write_checkpoint, write_run
from engine.split import Split, random_seed_split, train_size
from engine.training_state import TrainingState, begin, resume, save_state
from engine.weights import Weights, weight_shapes

# Checkpoints write their losses with them; between two, rows are kept here at most.
_LOSS_ROWS_KEPT = 1_000
# The first step of the warm-up takes a tenth of the learning rate.
_WARMUP_START = 0.1


@dataclass(frozen=True)
class Progress:
    """Where training stands; `test_loss` is the last one measured, `seconds` and `steps` are of this session."""

    epoch: int
    epochs: int
    train_loss: float
    test_loss: float | None
    seconds: float
    steps: int


def train(
    path: Path,
    config: ModelConfig,
    training: TrainingConfig,
    device: torch.device | str = "cpu",
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> None:
    """Train a model and write it as a native run: `run.json`, `losses.csv`, checkpoints.

    Epoch e is the model after e steps, and its losses are of that model. The learning rate climbs linearly, from a
    tenth of itself, over the first `warmup_steps` steps. Train loss is recorded every epoch, test loss every
    `test_every`. A run of the same settings that is there already is continued from its last checkpoint, to the same
    weights as without the stop.

    Raises:
        GrokError: `path` is there already and is not such a run, or the prompt is not `x y =`.
    """
    if config.prompt != Prompt.parse("x y =", config.p):
        raise GrokError(f"Training reads the prompt 'x y ='; found {config.prompt.describe(config.p)!r}.")
    split = Split(
        random_seed_split(config.p, training.seed, train_size(config.p, training.frac_train)),
        "random.seed",
        training.seed,
    )
    state = _start(path, config, training, split, device)
    pairs = [torch.from_numpy(mask).to(device).nonzero().T.contiguous() for mask in (split.train, ~split.train)]
    kept = training.save_every.epochs(training.epochs)
    dtype = {"float32": torch.float32, "float16": torch.float16}[training.checkpoint_dtype]
    rows: list[LossRow] = []
    started, test_loss, first = perf_counter(), None, state.epoch or 0
    for epoch in range(first, training.epochs + 1):
        loss = pair_loss(state.parameters, config, *pairs[0])
        if epoch != state.epoch:  # where it was resumed all this is recorded
            tested = None
            if epoch % training.test_every == 0 or epoch in kept:
                with torch.no_grad():
                    tested = test_loss = pair_loss(state.parameters, config, *pairs[1]).item()
            rows.append((epoch, loss.item(), tested))
            if epoch in kept or len(rows) == _LOSS_ROWS_KEPT:
                append_losses(path, rows)
                rows.clear()
            if epoch in kept:
                write_checkpoint(path, epoch, _as_weights(state.parameters, config), dtype)
                save_state(path, state, epoch)
        on_progress(Progress(epoch, training.epochs, loss.item(), test_loss, perf_counter() - started, epoch - first))
        if epoch < training.epochs:
            state.optimiser.param_groups[0]["lr"] = training.lr * _warmup(epoch, training.warmup_steps)
            loss.backward()
            state.optimiser.step()
            state.optimiser.zero_grad()


def _start(
    path: Path, config: ModelConfig, training: TrainingConfig, split: Split, device: torch.device | str
) -> TrainingState:
    if (path / "run.json").is_file():
        return resume(path, config, training, device)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise GrokError(f"{path} is there already and is no run; train into a new folder.")
    write_run(path, config, split, training)
    return begin(config, training, device)


def _warmup(step: int, warmup_steps: int) -> float:
    """The share of the learning rate that step number `step` (from 0) takes."""
    if step >= warmup_steps:
        return 1.0
    return _WARMUP_START + (1 - _WARMUP_START) / warmup_steps * step


def _as_weights(parameters: dict[str, Tensor], config: ModelConfig) -> Weights:
    shapes = weight_shapes(config)
    zero = {name: torch.zeros(shape) for name, shape in shapes.items() if name not in parameters}
    return Weights(**{name: tensor.detach() for name, tensor in parameters.items()}, **zero)
