"""A network with nothing but what the protocol requires: neurons and logits, with a tail that is not linear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from engine import Explorer
from engine.networks.config import Operation, Task
from engine.networks.network import Network
from engine.networks.network_config import NetworkConfig
from engine.networks.parts import Fill, Part, missing_part
from engine.networks.scratch import Scratch
from engine.networks.split import Split, random_seed_split
from engine.runs.run import Checkpoint, Run

EPOCHS = (0, 100)


@dataclass(frozen=True)
class BareConfig:
    """Neurons that read waves over x and y, and logits that are divided by their size, as with a norm."""

    p: int = 7
    n_neurons: int = 12
    operation: Operation = "add"
    table: tuple[int, ...] | None = None
    n_heads = 0
    d_model = 0
    description = "a bare network"
    positions = ()
    read_position = ""
    parts: frozenset[Part] = frozenset()

    @property
    def task(self) -> Task:
        return Task(self.p, self.operation, self.table)

    @property
    def n_frequencies(self) -> int:
        return self.p // 2

    def reported(self) -> Mapping[str, object]:
        return {"p": self.p, "n_neurons": self.n_neurons, "operation": self.operation}

    def with_tokens(self, q: int, operation: Operation) -> BareConfig:
        return replace(self, p=q, operation=operation)


@dataclass(frozen=True, eq=False)
class BareWeights:
    """What x and y add to the pre-activations, and what the neurons add to the logits."""

    over_x: Tensor  # [x, neuron]
    over_y: Tensor  # [y, neuron]
    out: Tensor  # [neuron, z]

    @property
    def dtype(self) -> torch.dtype:
        return self.out.dtype

    def items(self) -> Iterator[tuple[str, Tensor]]:
        yield from (("over_x", self.over_x), ("over_y", self.over_y), ("out", self.out))

    def to(self, dtype: torch.dtype | None = None, device: torch.device | str | None = None) -> BareWeights:
        return BareWeights(*(tensor.to(dtype=dtype, device=device) for _, tensor in self.items()))

    def select_tokens(self, tokens: Tensor, p: int) -> BareWeights:
        return BareWeights(self.over_x[tokens], self.over_y[tokens], self.out[:, tokens])


@dataclass(frozen=True, eq=False)
class BareNetwork:
    config: BareConfig
    weights: BareWeights

    task = property(lambda self: self.config.task)
    n_neurons = property(lambda self: self.config.n_neurons)
    description = property(lambda self: self.config.description)
    parts = property(lambda self: self.config.parts)
    device = property(lambda self: self.weights.out.device)
    dtype = property(lambda self: self.weights.out.dtype)

    def slabs(self) -> Iterator[slice]:
        yield from (slice(start, min(start + 3, self.config.p)) for start in range(0, self.config.p, 3))

    def pre_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        return self.weights.over_x[x, None, neurons] + self.weights.over_y[None, :, neurons]

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        return self.pre_rows(x, neurons).relu()

    def post_rows_after(self, x: slice, read_pre: Callable[[Tensor], None], scratch: Scratch | None = None) -> Tensor:
        read_pre(self.pre_rows(x))
        return self.post_rows(x)

    def pre(self, neuron: int) -> Tensor:
        return self.pre_rows(slice(None), slice(neuron, neuron + 1))[..., 0]

    def post(self, neuron: int) -> Tensor:
        return self.pre(neuron).relu()

    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Divided by their size. [x, y, z]"""
        logits = post @ self.weights.out
        return 3 * logits / (1 + logits.norm(dim=-1, keepdim=True))

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        for x in self.slabs():
            yield x, self.logits(x, self.post_rows(x))

    def pair(self, x: int, y: int) -> tuple[Tensor, Tensor]:
        row = slice(x, x + 1)
        post = self.post_rows(row)
        return post[0, y], self.logits(row, post)[0, y]

    def without(self, heads: frozenset[int], direct: bool, fill: Fill) -> Network:
        raise missing_part(self, "attention" if heads else "direct path")

    positions = ()

    @property
    def pattern(self) -> Tensor:
        raise missing_part(self, "attention")

    @property
    def W_E(self) -> Tensor:
        raise missing_part(self, "W_E")

    @property
    def W_U(self) -> Tensor:
        raise missing_part(self, "W_U")

    @property
    def W_logit(self) -> Tensor:
        raise missing_part(self, "W_logit")


def bare_weights(config: BareConfig, seed: int = 0, dtype: torch.dtype = torch.float64) -> BareWeights:
    """Neurons that are waves of frequency 1 or 2 plus noise."""
    generator = torch.Generator().manual_seed(seed)
    p, n = config.p, config.n_neurons
    k, phase = 1 + torch.arange(n) % 2, torch.rand(n, generator=generator) * 2 * torch.pi
    token = torch.arange(p)[:, None]

    def waves() -> Tensor:
        return (2 * torch.pi * k * token / p + phase).cos() + 0.05 * torch.randn(p, n, generator=generator)

    return BareWeights(waves().to(dtype), waves().to(dtype), torch.randn(n, p, generator=generator).to(dtype))


def bare_network(config: BareConfig, seed: int = 0) -> BareNetwork:
    return BareNetwork(config, bare_weights(config, seed))


def build_bare_network(weights: BareWeights, config: NetworkConfig) -> BareNetwork:
    """As `build.build_network`."""
    assert isinstance(config, BareConfig)
    return BareNetwork(config, weights)


def bare_explorer(config: BareConfig, keys: tuple[int, ...] | None = None) -> Explorer:
    """A run in memory; a test must replace `build_network` by `build_bare_network`."""
    checkpoints = tuple(Checkpoint(epoch, lambda seed=epoch: bare_weights(config, seed)) for epoch in EPOCHS)
    split = Split(random_seed_split(config.p, 0, config.p**2 // 3), "option", 0)
    run = Run("bare", Path("bare"), "memory", config, checkpoints)
    return Explorer(run, dtype=torch.float64, split=split, keys=keys)
