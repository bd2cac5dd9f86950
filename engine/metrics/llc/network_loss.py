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
from engine.networks.config import ModelConfig, Prompt
from engine.networks.memory import bytes_needed_to_train, require_memory
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
        NotEnoughMemory: less is available than the chains need at once.
    """
    tensors = dict(weights.items())
    _require_memory(config, weights, train, n_chains)
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


def _require_memory(config: NetworkConfig, weights: NetworkWeights, train: NDArray[np.bool_], n_chains: int) -> None:
    """Check that the chains that are computed at once have enough memory; what a module needs is not known.

    Raises:
        NotEnoughMemory: less is available.
    """
    if isinstance(config, ModelConfig):
        config = replace(config, prompt=Prompt(config.prompt.slots))  # an embedding of y's own needs no more
    if not isinstance(config, ModelConfig | TransformerConfig | MlpConfig):
        return
    first = next(tensor for _, tensor in weights.items())
    fraction = min(max(float(train.mean()), 0.001), 0.999)
    training = TrainingConfig(frac_train=fraction, dtype="float64" if weights.dtype == torch.float64 else "float32")
    at_once = n_chains if first.device.type != "cpu" and has_pair_step(config, training) else 1
    what = f"A chain of a network with p = {config.p:,}" if at_once == 1 else f"{at_once} chains with p = {config.p:,}"
    remedy = "pass fewer --chains, or use a machine with more memory"
    require_memory(at_once * bytes_needed_to_train(config, training), what, remedy, first.device)


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

    On a CPU, a step is for as many chains as the cache holds, one part after the other.
    """

    def __init__(
        self, tensors: Mapping[str, Tensor], config: ModelConfig, rows: Rows, x: Tensor, y: Tensor, n_chains: int
    ) -> None:
        self._rows, self._p = rows, config.p
        answers_only = replace(config, d_vocab_out=config.p)
        used = {name: tensor for name, tensor in tensors.items() if name not in _NOT_TRAINED_BY_PAIR_STEP}
        used["W_U"] = used["W_U"][:, : config.p]
        of_chains = used["W_E"].expand(n_chains, *used["W_E"].shape)
        self._size = min(runs_at_once(len(x), config.d_mlp, of_chains), n_chains)
        self._weights = {name: torch.stack([tensor] * self._size).contiguous() for name, tensor in used.items()}
        self._gradients = {name: torch.zeros_like(tensor) for name, tensor in self._weights.items()}
        x_of_runs, y_of_runs = x.repeat(self._size, 1), y.repeat(self._size, 1)
        n_pairs = [len(x)] * self._size
        self._step = PairStep(self._weights, answers_only, x_of_runs, y_of_runs, n_pairs, self._gradients)

    def __call__(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """[chain, parameter] -> [chain], [chain, parameter]"""
        losses, gradients = zip(*map(self._of_part, w.split(self._size)), strict=True)
        return torch.cat(losses), torch.cat(gradients)

    def _of_part(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """The same for at most as many chains as a step is for; the buffers of the others keep what they have."""
        for name, values in self._rows.by_name(w).items():
            self._weights[name][: len(w)].copy_(values[..., : self._p] if name == "W_U" else values)
        loss = self._step.loss()[: len(w)].clone()
        self._step.backward()
        gradient = torch.zeros_like(w)
        for name, values in self._rows.by_name(gradient).items():
            (values[..., : self._p] if name == "W_U" else values).copy_(self._gradients[name][: len(w)])
        return loss, gradient
