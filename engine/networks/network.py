"""The protocol of a network: what metrics, ablation and views need of any architecture.

A network takes a pair (x, y) to the logits of the answers z = 0 .. p-1. In between are the neurons of the MLP layer on
show: `pre` and `post` are its activations before and after the nonlinearity. The *tail* is what follows, from `post` to
the logits. Whatever else a network has is optional and declared by `parts`: a metric or a view that needs a part asks
`require_part` for it.

`folded.Folded` is the fast implementation for one layer without normalisation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, Protocol

import torch
from torch import Tensor

from engine.errors import GrokError
from engine.networks.config import Task

# attention: `pattern`, and ablation of heads; token tables: the OV and QK circuits over tokens; W_E, W_U: embedding and
# unembedding; W_logit: a linear tail, logits = post W_logit + direct; direct path: the path around the MLP.
Part = Literal["attention", "token tables", "W_E", "W_U", "W_logit", "direct path"]


class MissingPart(GrokError):
    """The network has no such part; the message says what it is."""


class Network(Protocol):
    """A network on all p^2 pairs. Pairs are processed in slabs, blocks of rows of x."""

    @property
    def task(self) -> Task:
        """The operation and its p."""
        ...

    @property
    def n_neurons(self) -> int:
        """The number of neurons of the layer on show."""
        ...

    @property
    def description(self) -> str:
        """The architecture in a few words, such as "an MLP" or "a 2-layer transformer with LayerNorm"."""
        ...

    @property
    def parts(self) -> frozenset[Part]:
        """The optional parts that this network has."""
        ...

    @property
    def device(self) -> torch.device: ...

    @property
    def dtype(self) -> torch.dtype: ...

    def slabs(self) -> Iterator[slice]:
        """Slabs of x that cover all pairs, small enough for the CPU cache."""
        ...

    def pre_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of all or some neurons for a slab of x. [x, y, neuron]"""
        ...

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        ...

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        ...

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        ...

    def logits(self, x: slice, post: Tensor) -> Tensor:
        """Logits for a slab of x from the activations `post` [x, y, neuron], which may be replaced ones. [x, y, z]"""
        ...

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        """Slabs of x with their logits [x, y, z], computed one at a time."""
        ...


def require_part(network: Network, part: Part, what: str) -> None:
    """Check that a network has a part; `what` needs it.

    Raises:
        MissingPart: it has not, for example "attention-map needs attention; this network is an MLP."
    """
    if part not in network.parts:
        raise MissingPart(f"{what} needs {part}; this network is {network.description}.")
