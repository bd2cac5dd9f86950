"""Any `torch.nn.Module` of the user's as a network (`network.Network`), read by hooks on the modules that are named.

The module whose output are the activations is called `neurons`. The tail is a second forward pass in which a hook
replaces that output at the position that is read. Activations and logits of all pairs are kept where they are small.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Never

import torch
from torch import Tensor

from engine.networks.module_config import KEPT_BYTES, ModuleConfig
from engine.networks.module_inspection import embedding, unembedding
from engine.networks.module_pass import Pass, forward, tail
from engine.networks.module_prefix import Prefix
from engine.networks.module_weights import ModuleWeights
from engine.networks.network_base import NetworkBase
from engine.networks.overflow import require_finite
from engine.networks.parts import Fill, MissingPart, missing_part
from engine.networks.scratch import Scratch


@dataclass(frozen=True, eq=False)
class ModuleNetwork(NetworkBase):
    """A module with the weights of one checkpoint. Logits are those of the answers z = 0 .. p-1."""

    config: ModuleConfig
    weights: ModuleWeights
    kept: Pass | None = None  # of all pairs, [(x y), ...]
    attention: Tensor | None = None  # [x, y, head, position]
    prefix: Prefix = field(default_factory=Prefix)  # of the slab whose activations were replaced last

    @property
    def device(self) -> torch.device:
        return self.weights.device

    @property
    def dtype(self) -> torch.dtype:
        return self.weights.dtype

    # Neurons ------------------------------------------------------------------------------------------------------

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        one = slice(neuron, neuron + 1)
        return torch.cat([self.pre_rows(x, one)[..., 0] for x in self.slabs()])

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        one = slice(neuron, neuron + 1)
        return torch.cat([self.post_rows(x, one)[..., 0] for x in self.slabs()])

    def pre_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return self._grid(self._pass(x).pre[:, neurons]).clone()

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return self._grid(self._pass(x).post[:, neurons]).clone()

    def post_rows_after(self, x: slice, read_pre: Callable[[Tensor], None], scratch: Scratch | None = None) -> Tensor:
        """Activations for a slab of x; `read_pre` gets the pre-activations first."""
        computed = self._pass(x)
        read_pre(self._grid(computed.pre))
        return self._grid(computed.post).clone()

    # Logits -------------------------------------------------------------------------------------------------------

    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Logits for a slab of x from its activations `post` [x, y, neuron], by a forward pass with these. [x, y, z]"""
        flat = post.flatten(0, 1)
        if self.kept is not None and torch.equal(flat, (computed := self._pass(x)).post):
            return self._grid(computed.logits).clone()
        return self._grid(tail(self.weights, self.config, *self._pairs(x), flat, self.prefix))

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        """Slabs of x with their logits [x, y, z], computed one at a time."""
        for x in self.slabs():
            yield x, self._grid(self._pass(x).logits).clone()

    def pair(self, x: int, y: int) -> tuple[Tensor, Tensor]:
        """Activations and logits of one pair. [neuron], [z]"""
        computed = self._pass(slice(x, x + 1))
        return computed.post[y], computed.logits[y]

    # Optional parts -----------------------------------------------------------------------------------------------

    @property
    def pattern(self) -> Tensor:
        """Attention from the position that is read. [x, y, head, position]"""
        if self.attention is None:
            raise missing_part(self, "attention")
        return self.attention

    @property
    def W_E(self) -> Tensor:
        """The embedding of the tokens of x. [x, d_model]"""
        if self.config.W_E is None:
            raise missing_part(self, "W_E")
        return self._of_tokens(embedding(self.weights, self.config.W_E, self.config.n_tokens))

    @property
    def W_U(self) -> Tensor:
        """The unembedding. [d_model, z]"""
        if self.config.W_U is None:
            raise missing_part(self, "W_U")
        return self._of_tokens(unembedding(self.weights, self.config.W_U, self.config.n_tokens).T).T

    @property
    def W_logit(self) -> Tensor:
        """Not known of a module."""
        raise missing_part(self, "W_logit")

    def without(self, heads: frozenset[int], direct: bool, fill: Fill) -> Never:
        """Not known of a module: what a head, or the path around the MLP, adds to the logits."""
        what = "ablation of the path around the MLP" if direct else "ablation of heads"
        raise MissingPart(f"{what} needs the weights by their role; this network is {self.description}.")

    # Passes -------------------------------------------------------------------------------------------------------

    def _pass(self, x: slice) -> Pass:
        """The forward pass for a slab of x, kept or computed."""
        if self.kept is None:
            return forward(self.weights, self.config, *self._pairs(x))
        start, stop, _ = x.indices(self.task.p)
        rows = slice(start * self.task.p, stop * self.task.p)
        return Pass(self.kept.pre[rows], self.kept.post[rows], self.kept.logits[rows], None)

    def _pairs(self, x: slice) -> tuple[Tensor, Tensor]:
        """x and y of the pairs of a slab. [pair] each"""
        p = self.task.p
        rows = torch.arange(p, device=self.device)[x]
        return rows.repeat_interleave(p), torch.arange(p, device=self.device).repeat(len(rows))

    def _grid(self, values: Tensor) -> Tensor:
        """[(x y), channel] -> [x, y, channel]"""
        return values.reshape(-1, self.task.p, values.shape[-1])

    def _of_tokens(self, rows: Tensor) -> Tensor:
        tokens = self.weights.tokens
        return (rows if tokens is None else rows[tokens.to(rows.device)]).to(self.dtype)


def build_module(weights: ModuleWeights, config: ModuleConfig, kept_bytes: int = KEPT_BYTES) -> ModuleNetwork:
    """The network of a module, in the dtype of its weights, or float32 for half precision.

    Raises:
        UserCodeError: the module fails.
        OutOfRange: an activation or a logit overflows.
    """
    weights = weights.to(torch.promote_types(weights.dtype, torch.float32))
    network = ModuleNetwork(config, weights)
    keeps = config.kept_bytes(weights.dtype.itemsize) <= kept_bytes
    if not keeps and config.attention is None:
        return network
    passes = []
    for x in network.slabs():
        computed = forward(weights, config, *network._pairs(x))
        for name, values in (("An activation", computed.post), ("A logit", computed.logits)):
            require_finite(name, values)
        empty = computed.logits[:0]
        passes.append(computed if keeps else Pass(empty, empty, empty, computed.pattern))
    patterns = [part.pattern for part in passes if part.pattern is not None]
    pattern = torch.cat(patterns).reshape(config.p, config.p, *patterns[0].shape[1:]) if patterns else None
    if not keeps:
        return ModuleNetwork(config, weights, None, pattern)
    pre, post, logits = (torch.cat([getattr(part, name) for part in passes]) for name in ("pre", "post", "logits"))
    return ModuleNetwork(config, weights, Pass(pre, post, logits, None), pattern)
