"""What the implementations of `network.Network` share: all that follows from the config, and passes over the slabs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator

import torch
from torch import Tensor

from engine.networks.config import Task
from engine.networks.network_config import NetworkConfig
from engine.networks.parts import Part, missing_part
from engine.networks.scratch import Scratch
from engine.networks.slabs import slabs_of


class NetworkBase(ABC):
    """A network of one checkpoint. Logits are those of the answers z = 0 .. p-1."""

    config: NetworkConfig

    @property
    def task(self) -> Task:
        return self.config.task

    @property
    def n_neurons(self) -> int:
        return self.config.n_neurons

    @property
    def description(self) -> str:
        return self.config.description

    @property
    def parts(self) -> frozenset[Part]:
        return self.config.parts

    @property
    def positions(self) -> tuple[str, ...]:
        return self.config.positions

    @property
    @abstractmethod
    def dtype(self) -> torch.dtype:
        """The dtype of all values."""

    @abstractmethod
    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""

    @abstractmethod
    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Logits for a slab of x from its activations `post` [x, y, neuron]. [x, y, z]"""

    def answer_gradients(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y: [pair] each -> [pair, d_model] each. Raises MissingPart here."""
        raise missing_part(self, "gradients")

    def row_gradients(self, x: slice, z: Tensor) -> tuple[Tensor, Tensor]:
        """The same for all pairs of a slab of x, with an answer z [x, y] for each. [x, y, d_model] each"""
        tokens = torch.arange(self.task.p, device=z.device)
        d_x, d_y = self.answer_gradients(tokens[x].repeat_interleave(len(tokens)), tokens.repeat(len(z)), z.flatten())
        return d_x.unflatten(0, z.shape), d_y.unflatten(0, z.shape)

    def slabs(self) -> Iterator[slice]:
        """Slabs of x that cover all pairs, small enough that activations or float64 logits stay in the CPU cache."""
        return slabs_of(self.task.p, self.config.n_neurons, self.dtype)

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        """Slabs of x with their logits [x, y, z], computed one at a time."""
        for x in self.slabs():
            yield x, self.logits(x, self.post_rows(x))
