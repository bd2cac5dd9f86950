"""Runs of one shape that are trained in lockstep as one batch: one step of all costs little more than one of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import prod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence
from torch.optim.adamw import adamw

from engine.networks.config import ModelConfig
from engine.networks.pair_step.step import PairStep, runs_at_once
from engine.networks.split import Split
from engine.networks.training_config import TrainingConfig
from engine.training.orthogonal_gradient import orthogonalise
from engine.training.state import MOMENTS
from engine.training.trainer import learning_rate

_EPS = 1e-8  # of AdamW, the default of torch


@dataclass(frozen=True, eq=False)
class BatchRun:
    """One run of a batch: its settings, its pairs, and its parameters and moments by name, as in `state.py`."""

    training: TrainingConfig
    split: Split
    tensors: Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class _Part:
    """The step of some runs of a batch; their parameters and gradients by name [run, ...].

    The gradients are also matrices [run, parameter]: one for each name, and the rows that the optimiser reads.
    """

    step: PairStep
    parameters: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    flat_gradients: list[Tensor]
    gradient_rows: Tensor


@dataclass(frozen=True, eq=False)
class _Optimiser:
    """AdamW for runs in a row with equal settings, as one parameter: each costs as much as a small run.

    The class of torch does the same; its bookkeeping takes longer than the step of small runs.
    """

    training: TrainingConfig
    parameters: Tensor  # [run, parameter]
    gradients: Tensor  # [run, parameter]
    moments: Mapping[str, Tensor]  # [run, parameter]
    n_steps: Tensor

    def step(self, epoch: int) -> None:
        """Change the parameters and moments in place."""
        beta1, beta2 = self.training.betas
        adamw(
            [self.parameters],
            [self.gradients],
            [self.moments["exp_avg"]],
            [self.moments["exp_avg_sq"]],
            [],
            [self.n_steps],
            fused=True,
            amsgrad=False,
            beta1=beta1,
            beta2=beta2,
            lr=learning_rate(self.training, epoch),
            weight_decay=self.training.weight_decay,
            eps=_EPS,
            maximize=False,
        )


class Batch:
    """Runs of one shape, loss and optimiser after the same number of steps; `epoch` is that number.

    The parameters of all runs are one tensor [run, parameter], in which a run is a row; so are the moments of Adam.
    """

    def __init__(self, config: ModelConfig, runs: Sequence[BatchRun], epoch: int) -> None:
        self.epoch = epoch
        self._trainings = [run.training for run in runs]
        self._loss = runs[0].training.loss
        self._is_orthogonal = runs[0].training.optimizer == "orthogonal-grad"
        tensors = [run.tensors for run in runs]
        self._shapes = {
            name.removeprefix("param/"): tensor.shape
            for name, tensor in tensors[0].items()
            if name.startswith("param/")
        }
        self._rows = {kind: self._stack(kind, tensors) for kind in ("param", *MOMENTS)}  # [run, parameter]
        self._gradient_rows = torch.empty_like(self._rows["param"])
        self._optimisers = self._new_optimisers()
        train, test = ([run.split.train for run in runs], [~run.split.train for run in runs])
        self._train_parts = self._parts(config, train, with_gradients=True)
        self._test_parts = self._parts(config, test)

    def train_losses(self) -> list[float]:
        """The train loss of each run."""
        return _losses(self._train_parts)

    def test_losses(self) -> list[float]:
        """The test loss of each run."""
        return _losses(self._test_parts)

    def step(self) -> None:
        """Train all runs by one step, after `train_losses()`."""
        for part in self._train_parts:
            part.step.backward()
            if self._is_orthogonal:
                for name, gradient in part.gradients.items():
                    orthogonalise(gradient, part.parameters[name])
            torch.cat(part.flat_gradients, 1, out=part.gradient_rows)
        for optimiser in self._optimisers:
            optimiser.step(self.epoch)
        self.epoch += 1

    def tensors(self, run: int) -> dict[str, Tensor]:
        """The present parameters and moments of a run by name; the next step changes them."""
        return {
            f"{kind}/{name}": tensor[0]
            for kind, rows in self._rows.items()
            for name, tensor in self._by_name(rows[run : run + 1]).items()
        }

    def _stack(self, kind: str, tensors: Sequence[Mapping[str, Tensor]]) -> Tensor:
        return torch.stack([torch.cat([run[f"{kind}/{name}"].flatten() for name in self._shapes]) for run in tensors])

    def _by_name(self, rows: Tensor) -> dict[str, Tensor]:
        """Views of rows as the tensors of the network. [run, ...]"""
        ends = np.cumsum([0, *(prod(shape) for shape in self._shapes.values())])
        return {
            name: rows[:, start:end].unflatten(1, shape)
            for (name, shape), (start, end) in zip(self._shapes.items(), pairwise(ends.tolist()), strict=True)
        }

    def _parts(
        self, config: ModelConfig, masks: Sequence[NDArray[np.bool_]], with_gradients: bool = False
    ) -> list[_Part]:
        """Steps on the pairs of masks [x, y], each for some of the runs."""
        parameters, n_pairs = self._rows["param"], max(int(mask.sum()) for mask in masks)
        size = runs_at_once(n_pairs, config.d_mlp, parameters)
        parts = []
        for start in range(0, len(masks), size):
            w = self._by_name(parameters[start : start + size])
            gradients = {name: torch.empty_like(tensor).contiguous() for name, tensor in w.items() if with_gradients}
            x, y, counts = _padded_pairs(masks[start : start + size], parameters.device)
            step = PairStep(w, config, x, y, counts, gradients or None, self._loss)
            flat = [gradient.flatten(1) for gradient in gradients.values()]
            parts.append(_Part(step, w, gradients, flat, self._gradient_rows[start : start + size]))
        return parts

    def _new_optimisers(self) -> list[_Optimiser]:
        optimisers = []
        for _, stretch in groupby(range(len(self._trainings)), lambda run: _optimiser_settings(self._trainings[run])):
            first, *others = stretch
            runs = slice(first, first + 1 + len(others))
            parameters = self._rows["param"][runs]
            moments = {moment: self._rows[moment][runs] for moment in MOMENTS}
            n_steps = torch.tensor(float(self.epoch), device=parameters.device)
            training, gradients = self._trainings[first], self._gradient_rows[runs]
            optimisers.append(_Optimiser(training, parameters, gradients, moments, n_steps))
        return optimisers


def _optimiser_settings(training: TrainingConfig) -> tuple[object, ...]:
    return training.lr, training.warmup_steps, training.betas, training.weight_decay


def _losses(parts: Sequence[_Part]) -> list[float]:
    losses: list[float] = torch.cat([part.step.loss() for part in parts]).tolist()
    return losses


def _padded_pairs(masks: Sequence[NDArray[np.bool_]], device: torch.device) -> tuple[Tensor, Tensor, list[int]]:
    """x and y of the pairs of each mask [x, y], padded to an equal number, and how many count. [run, pair]"""
    pairs = [torch.from_numpy(mask).nonzero() for mask in masks]  # [pair, 2]
    padded = pad_sequence(pairs, batch_first=True).to(device)
    return padded[..., 0].contiguous(), padded[..., 1].contiguous(), [len(of_run) for of_run in pairs]
