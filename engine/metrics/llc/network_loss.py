"""The train loss of a batch of networks of one shape, and its gradient, as a function of their parameters in rows.

L is the mean cross-entropy over the train pairs and the p answers, in float64 from the logits. The study's network runs
through the hand-written gradients that train it (`networks.pair_step`), all other networks through automatic
differentiation of their own forward pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from math import prod
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.metrics.llc.sampler import BatchLoss
from engine.networks.config import ModelConfig
from engine.networks.mlp_config import MlpConfig
from engine.networks.module_config import ModuleConfig
from engine.networks.module_pass import answer_logits
from engine.networks.module_weights import ModuleWeights
from engine.networks.network import NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.pair_step.step import PairStep, runs_at_once
from engine.networks.parameters import network_shapes, pair_logits
from engine.networks.task import answers
from engine.networks.trainable_config import TrainableConfig, has_pair_step
from engine.networks.training_config import TrainingConfig
from engine.networks.transformer_config import TransformerConfig
from engine.networks.weights import BIASES

_NOT_TRAINED_BY_PAIR_STEP = ("b_Q", "b_K", "b_V", "b_O", "b_U")
Logits = Callable[[Mapping[str, Tensor]], Tensor]  # parameters by name -> [train pair, z]


def trained_names(last: NetworkWeights, config: NetworkConfig) -> tuple[str, ...]:
    """The tensors that are parameters, by the last checkpoint: all but biases that are zero, and norms that scale by 1.

    A network without biases has zeros in their place. In a module, all parameters that require a gradient.
    """
    if isinstance(last, ModuleWeights):
        required = {name for name, tensor in last.program.module.named_parameters() if tensor.requires_grad}
        return tuple(name for name, _ in last.items() if name in required)
    fills: Mapping[str, float | None] = dict.fromkeys(BIASES, 0.0)
    if isinstance(config, TransformerConfig | MlpConfig):
        fills = {name: shape.fill for name, shape in network_shapes(config).items()}
    return tuple(
        name
        for name, tensor in last.items()
        if tensor.numel() and ((fill := fills.get(name)) is None or bool((tensor != fill).any()))
    )


@dataclass(frozen=True, eq=False)
class Rows:
    """Where each parameter is in a row."""

    shapes: Mapping[str, torch.Size]

    def row(self, tensors: Mapping[str, Tensor]) -> Tensor:
        """[parameter]"""
        return torch.cat([tensors[name].flatten() for name in self.shapes])

    def by_name(self, rows: Tensor) -> dict[str, Tensor]:
        """Views of rows [..., parameter] as tensors [..., *shape]."""
        ends = accumulate((prod(shape) for shape in self.shapes.values()), initial=0)
        return {
            name: rows[..., start:end].unflatten(-1, shape) if shape else rows[..., start]
            for (name, shape), (start, end) in zip(self.shapes.items(), pairwise(ends), strict=True)
        }


def train_loss(
    weights: NetworkWeights, config: NetworkConfig, train: NDArray[np.bool_], names: tuple[str, ...], n_chains: int
) -> tuple[BatchLoss, Tensor]:
    """The loss of `n_chains` networks, and the parameters of this one [parameter].

    Args:
        weights: with all tokens in their own order, in the dtype and on the device of the computation.
        config: of the same network.
        train: which pairs are train pairs. [x, y]
        names: the tensors that are parameters (`trained_names`); the others keep their values.
        n_chains: how many rows the loss is called with.

    Raises:
        UserCodeError: the user's own module fails.
    """
    tensors = dict(weights.items())
    rows = Rows({name: tensors[name].shape for name in names})
    x, y = torch.from_numpy(train).nonzero().to(tensors[names[0]].device).T.contiguous()
    right = answers(config.task, x.device)[x, y]
    loss: BatchLoss
    if isinstance(weights, ModuleWeights):
        assert isinstance(config, ModuleConfig)
        loss = AutogradLoss(_module_logits(weights, config, x, y), rows, right)
    elif isinstance(config, ModelConfig) and _fits_pair_step(config, names):
        loss = PairStepLoss(tensors, config, rows, x, y, n_chains)
    else:
        assert isinstance(config, ModelConfig | TransformerConfig | MlpConfig)
        loss = AutogradLoss(_network_logits(tensors, config, x, y), rows, right)
    return loss, rows.row(tensors)


def _fits_pair_step(config: ModelConfig, names: tuple[str, ...]) -> bool:
    """Whether it is what `pair_step` trains: `=` is the one token beside the numbers."""
    others = set(names) & set(_NOT_TRAINED_BY_PAIR_STEP)
    return has_pair_step(config, TrainingConfig()) and config.d_vocab == config.p + 1 and not others


def _network_logits(tensors: Mapping[str, Tensor], config: TrainableConfig, x: Tensor, y: Tensor) -> Logits:
    return lambda parameters: pair_logits(config, {**tensors, **parameters})(x, y)


def _module_logits(weights: ModuleWeights, config: ModuleConfig, x: Tensor, y: Tensor) -> Logits:
    def logits(parameters: Mapping[str, Tensor]) -> Tensor:
        changed = MappingProxyType({**weights.parameters, **parameters})
        return answer_logits(replace(weights, parameters=changed), config, x, y)

    return logits


def _cross_entropy(logits: Tensor, right: Tensor) -> Tensor:
    return -logits.double().log_softmax(dim=-1).gather(-1, right[:, None]).mean()


@dataclass(frozen=True, eq=False)
class AutogradLoss:
    """By automatic differentiation, one chain after the other: a network's code may depend on its values."""

    logits: Logits
    rows: Rows
    right: Tensor  # [train pair]

    def __call__(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """[chain, parameter] -> [chain], [chain, parameter]"""
        losses, gradients = [], []
        for of_chain in w:
            with torch.enable_grad():
                row = of_chain.detach().requires_grad_()
                loss = _cross_entropy(self.logits(self.rows.by_name(row)), self.right)
                (gradient,) = torch.autograd.grad(loss, row)
            losses.append(loss.detach())
            gradients.append(gradient)
        return torch.stack(losses), torch.stack(gradients)


class PairStepLoss:
    """By the kernels that train the study's network, which write into fixed buffers.

    On a CPU, a step is for as many chains as the cache holds.
    """

    def __init__(
        self, tensors: Mapping[str, Tensor], config: ModelConfig, rows: Rows, x: Tensor, y: Tensor, n_chains: int
    ) -> None:
        self._rows, self._p = rows, config.p
        answers_only = replace(config, d_vocab_out=config.p)
        used = {name: tensor for name, tensor in tensors.items() if name not in _NOT_TRAINED_BY_PAIR_STEP}
        used["W_U"] = used["W_U"][:, : config.p]
        self._weights = {name: torch.stack([tensor] * n_chains).contiguous() for name, tensor in used.items()}
        self._gradients = {name: torch.zeros_like(tensor) for name, tensor in self._weights.items()}
        size = runs_at_once(len(x), config.d_mlp, self._weights["W_E"])
        self._steps = []
        for start in range(0, n_chains, size):
            chains = slice(start, min(start + size, n_chains))
            count = chains.stop - chains.start
            weights, gradients = (
                {name: tensor[chains] for name, tensor in kind.items()} for kind in (self._weights, self._gradients)
            )
            x_of_runs, y_of_runs = x.repeat(count, 1), y.repeat(count, 1)
            self._steps.append(PairStep(weights, answers_only, x_of_runs, y_of_runs, [len(x)] * count, gradients))

    def __call__(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """[chain, parameter] -> [chain], [chain, parameter]"""
        for name, values in self._rows.by_name(w).items():
            self._weights[name].copy_(values[..., : self._p] if name == "W_U" else values)
        losses = []
        for step in self._steps:
            losses.append(step.loss().clone())
            step.backward()
        gradient = torch.zeros_like(w)
        for name, values in self._rows.by_name(gradient).items():
            (values[..., : self._p] if name == "W_U" else values).copy_(self._gradients[name])
        return torch.cat(losses), gradient
