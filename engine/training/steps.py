"""One step of training on the pairs of a mask: the loss and its gradients, for a network of any architecture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.config import ModelConfig
from engine.networks.pair_step.step import PairStep
from engine.networks.parameters import pair_logits
from engine.networks.stablemax import log_s
from engine.networks.task import answers
from engine.networks.trainable_config import TrainableConfig, has_pair_step
from engine.networks.training_config import Loss, TrainingConfig

Parameters = Mapping[str, Tensor]


class Step(Protocol):
    """The loss of some pairs, and its gradients where the optimiser reads them."""

    def loss(self) -> Tensor:
        """The mean loss of the pairs, in float64; it has one element."""
        ...

    def backward(self) -> None:
        """Compute the gradients of the last `loss()`."""
        ...


def make_step(
    parameters: Parameters,
    config: TrainableConfig,
    training: TrainingConfig,
    pairs: NDArray[np.bool_],
    with_gradients: bool = False,
) -> Step:
    """The step on the pairs of a mask [x, y]; the parameters may change in place in between."""
    device = next(iter(parameters.values())).device
    x, y = torch.from_numpy(pairs).to(device).nonzero().T.contiguous()
    if isinstance(config, ModelConfig) and has_pair_step(config, training):
        return _pair_step(parameters, config, training.loss, x, y, with_gradients)
    return AutogradStep(parameters, config, training.loss, x, y, with_gradients)


def _pair_step(
    parameters: Parameters, config: ModelConfig, loss: Loss, x: Tensor, y: Tensor, with_gradients: bool
) -> PairStep:
    """The step of the study's network; it writes its gradients into fixed tensors."""
    if with_gradients:
        for parameter in parameters.values():
            parameter.grad = torch.empty_like(parameter)
    gradients = {name: parameter.grad[None] for name, parameter in parameters.items() if parameter.grad is not None}
    weights = {name: parameter[None] for name, parameter in parameters.items()}
    return PairStep(weights, config, x[None], y[None], [len(x)], gradients if with_gradients else None, loss)


class AutogradStep:
    """The step of any other network, by autograd through the network's own forward pass.

    The loss is over the p answers, in float64.
    """

    def __init__(
        self,
        parameters: Parameters,
        config: TrainableConfig,
        loss: Loss,
        x: Tensor,
        y: Tensor,
        with_gradients: bool,
    ) -> None:
        self._is_stablemax = loss == "stablemax"
        self._parameters, self._with_gradients = tuple(parameters.values()), with_gradients
        self._logits = pair_logits(config, parameters)
        self._x, self._y = x, y
        self._answers = answers(config.task, x.device)[x, y][:, None]
        self._loss: Tensor | None = None

    def loss(self) -> Tensor:
        """The mean loss of the pairs."""
        self._loss = None  # frees the graph of the step before
        with torch.set_grad_enabled(self._with_gradients):
            logits = self._logits(self._x, self._y).double()  # [pair, z]
            log_probabilities = (log_s(logits) if self._is_stablemax else logits).log_softmax(dim=-1)
            self._loss = -log_probabilities.gather(1, self._answers).mean()
        return self._loss.detach()

    def backward(self) -> None:
        """Write the gradients of the last `loss()`."""
        assert self._loss is not None
        for parameter in self._parameters:
            parameter.grad = None
        self._loss.backward()
        self._loss = None
