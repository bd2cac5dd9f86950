"""The protocol of a network: what metrics, ablation and views need of any architecture.

A network takes a pair (x, y) to the logits of the answers z = 0 .. p-1. In between are the neurons of the MLP layer on
show: `pre` and `post` are its activations before and after the nonlinearity. The *tail* is what follows, from `post` to
the logits. Whatever else a network has is optional and declared by `parts` (`parts.Part`).

`folded.Folded` is the fast implementation for one layer without normalisation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, Self

import torch
from torch import Tensor

from engine.networks.config import Task
from engine.networks.parts import Fill, HasParts
from engine.networks.scratch import Scratch


class NetworkWeights(Protocol):
    """The parameters of one checkpoint by name; frozen."""

    @property
    def dtype(self) -> torch.dtype: ...

    def items(self) -> Iterator[tuple[str, Tensor]]:
        """Names and tensors, always in the same order."""
        ...

    def to(self, dtype: torch.dtype | None = None, device: torch.device | str | None = None) -> Self:
        """Convert to another dtype or device.

        Raises:
            OutOfRange: a value is too large for the dtype.
        """
        ...

    def select_tokens(self, tokens: Tensor, p: int) -> Self:
        """The weights of the network on some of the p number tokens, in the given order; other tokens stay."""
        ...


class Network(HasParts, Protocol):
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

    def post_rows_after(self, x: slice, read_pre: Callable[[Tensor], None], scratch: Scratch | None = None) -> Tensor:
        """Activations for a slab of x; `read_pre` gets the pre-activations first, which may be overwritten after it.

        A pass over all pairs calls this and then `logits` for the same slab, so an implementation should not compute
        the layers before the neurons twice. With `scratch`, the result may be overwritten by the next slab.

        [x, y, neuron]
        """
        ...

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        ...

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        ...

    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Logits for a slab of x from the activations `post` [x, y, neuron], which may be replaced ones. [x, y, z]

        With `scratch`, the result may be overwritten by the next slab.
        """
        ...

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        """Slabs of x with their logits [x, y, z], computed one at a time."""
        ...

    def pair(self, x: int, y: int) -> tuple[Tensor, Tensor]:
        """Activations and logits of one pair. [neuron], [z]"""
        ...

    # Optional parts: each raises MissingPart where the network has none ------------------------------------------

    @property
    def positions(self) -> tuple[str, ...]:
        """With "attention": the names of the positions, as in the config."""
        ...

    @property
    def pattern(self) -> Tensor:
        """With "attention": that of the position that is read, over all pairs. [x, y, head, position]"""
        ...

    @property
    def W_E(self) -> Tensor:
        """With "W_E": the embedding of the tokens of x. [x, d_model]"""
        ...

    @property
    def W_U(self) -> Tensor:
        """With "W_U": the unembedding. [d_model, z]"""
        ...

    @property
    def W_logit(self) -> Tensor:
        """With "W_logit": the weights from the neurons to the logits, whose other terms do not depend on them.

        [neuron, z]
        """
        ...

    def answer_gradients(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """With "gradients": d logit_z / d embedding of x, and of y, before any positional embedding.

        [pair] each -> [pair, d_model] each
        """
        ...

    def row_gradients(self, x: slice, z: Tensor) -> tuple[Tensor, Tensor]:
        """The same for all pairs of a slab of x, with an answer z [x, y] for each. [x, y, d_model] each"""
        ...

    def without(self, heads: frozenset[int], direct: bool, fill: Fill) -> Network:
        """Ablate heads, with "attention", or the path around the MLP, with "direct path".

        A head is replaced in the residual stream: zero, with its value bias, or its mean over all pairs. The direct
        path is that of the residual stream after attention to the logits, around the MLP; biases after the MLP stay.
        """
        ...
