"""The folded network: the forward pass of a one-layer transformer over all p^2 pairs, as tables over one token.

The prompt is a few positions. Each holds x, y or a constant, so the residual stream before attention at a position
depends on one token only. Attention is linear in the values, and without LayerNorm everything after it is linear
too, except for the MLP's activation function. So the weights can be multiplied with each other first:

    r[position][token]  = W_E[token] + W_pos[position]                      residual stream before attention
    W_neur[position]    = (r[position] W_V + b_V) W_O W_in                  token table: what a head adds to the neurons
    pre[x, y]           = sum over heads and positions of pattern[x, y, head, position] W_neur[position][token, head]
                          + (r[last] + b_O) W_in + b_in                     residual stream of the last position
    logits[x, y]        = act(pre[x, y]) W_logit
                          + the same sum and residual stream, with W_U for W_in and b_out W_U + b_U for b_in

with W_logit = W_out W_U. Only the last position is read. The result is exact, biases included, for any prompt of x, y
and constants.

A `Mixture` is such a sum of token tables. `fold` makes a `Folded` network of a checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import torch
from einops import einsum, rearrange
from torch import Tensor

from engine.networks.activations import activation, activation_backward
from engine.networks.config import ActFn, ModelConfig
from engine.networks.folded_gradients import AttentionBackward, Backward, Pairs
from engine.networks.mixture import Mixture
from engine.networks.network_base import NetworkBase
from engine.networks.network_config import NetworkConfig
from engine.networks.overflow import require_finite
from engine.networks.parts import Fill, Part, missing_part
from engine.networks.scratch import Scratch
from engine.networks.weights import Weights

T = TypeVar("T")

# Neurons per partial sum of the logits. One sum over all neurons in float32 would double the rounding error.
_NEURONS_PER_SUM = 128


@dataclass(frozen=True, eq=False)
class Folded(NetworkBase):
    """A network of one checkpoint as token tables (`network.Network`). Logits are those of the answers z = 0 .. p-1."""

    config: NetworkConfig
    act_fn: ActFn
    attention: Tensor | None  # [x, y, head, position]: from the last position, its constant share included
    embedding: Tensor | None  # [x, d_model]
    unembedding: Tensor | None  # [d_model, z]
    to_pre: Mixture  # channels: neurons
    to_direct: Mixture  # channels: answers z; the path around the MLP to the logits, with b_logit
    W_logit: Tensor  # [neuron, z]
    b_logit: Tensor  # [z]: b_out W_U + b_U; already added in `to_direct`
    backward: Backward | None = None  # None without an embedding, and for an ablated network

    @property
    def n_neurons(self) -> int:
        return len(self.W_logit)

    @property
    def device(self) -> torch.device:
        return self.W_logit.device

    @property
    def dtype(self) -> torch.dtype:
        return self.W_logit.dtype

    # Neurons ------------------------------------------------------------------------------------------------------

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        return self.to_pre.channel(neuron)

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        return activation(self.act_fn, self.pre(neuron))

    def pre_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return self.to_pre.rows(x, neurons)

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return activation(self.act_fn, self.to_pre.rows(x, neurons), inplace=True)

    def post_rows_after(self, x: slice, read_pre: Callable[[Tensor], None], scratch: Scratch | None = None) -> Tensor:
        """Activations for a slab of x; `read_pre` gets the pre-activations before they are overwritten."""
        pre = self.to_pre.rows(x, scratch=None if scratch is None else scratch.part("pre"))
        read_pre(pre)
        return activation(self.act_fn, pre, inplace=True)

    # Logits -------------------------------------------------------------------------------------------------------

    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Logits for a slab of x from its activations `post` [x, y, neuron]. [x, y, z]"""
        logits = self.to_direct.rows(x, scratch=None if scratch is None else scratch.part("logits"))  # [x, y, z]
        by_pair, post = logits.flatten(0, 1), post.flatten(0, 1)  # [pair, z], a view of logits; [pair, neuron]
        for some_post, some_W in zip(
            post.split(_NEURONS_PER_SUM, dim=1), self.W_logit.split(_NEURONS_PER_SUM), strict=True
        ):
            by_pair.addmm_(some_post, some_W)
        return logits

    def pair(self, x: int, y: int) -> tuple[Tensor, Tensor]:
        """Activations and logits of one pair. [neuron], [z]"""
        row = slice(x, x + 1)
        post = self.post_rows(row)[0, y]
        return post, self.to_direct.rows(row)[0, y] + post @ self.W_logit

    def all_logits(self) -> Tensor:
        """Logits of all pairs, p^3 numbers. [x, y, z]"""
        return torch.cat([logits for _, logits in self.logit_slabs()])

    # Optional parts -----------------------------------------------------------------------------------------------

    @property
    def pattern(self) -> Tensor:
        """Attention from the last position. [x, y, head, position]"""
        return self._present(self.attention, "attention")

    @property
    def W_E(self) -> Tensor:
        """The embedding of the tokens of x. [x, d_model]"""
        return self._present(self.embedding, "W_E")

    @property
    def W_U(self) -> Tensor:
        """The unembedding. [d_model, z]"""
        return self._present(self.unembedding, "W_U")

    def answer_gradients(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y: [pair] each -> [pair, d_model] each"""
        pattern = None if self.attention is None else self.attention[x, y]
        return self._gradients(x, y, z, self.to_pre.pairs(x, y), pattern)

    def row_gradients(self, x: slice, z: Tensor) -> tuple[Tensor, Tensor]:
        """The same for all pairs of a slab of x, with an answer z [x, y] for each. [x, y, d_model] each"""
        tokens = torch.arange(self.task.p, device=self.device)
        by_x, by_y = tokens[x].repeat_interleave(len(tokens)), tokens.repeat(len(z))
        pattern = None if self.attention is None else self.attention[x].flatten(0, 1)
        d_x, d_y = self._gradients(by_x, by_y, z.flatten(), self.to_pre.rows(x).flatten(0, 1), pattern)
        return d_x.unflatten(0, z.shape), d_y.unflatten(0, z.shape)

    def _gradients(self, x: Tensor, y: Tensor, z: Tensor, pre: Tensor, pattern: Tensor | None) -> tuple[Tensor, Tensor]:
        if self.backward is None:
            raise missing_part(self, "gradients")
        d_post = self.W_logit.T.contiguous().index_select(0, z)  # [pair, neuron]
        d_pre = activation_backward(self.act_fn, d_post, pre)
        return self.backward(Pairs(x, y, z, d_pre, pattern))

    def _present(self, tensor: Tensor | None, part: Part) -> Tensor:
        if tensor is None:
            raise missing_part(self, part)
        return tensor

    # Ablation -----------------------------------------------------------------------------------------------------

    def without(self, heads: frozenset[int], direct: bool, fill: Fill) -> Folded:
        """Ablate heads, for the MLP and for the direct path, or the direct path; biases after the MLP stay.

        Raises:
            MissingPart: there are no heads, or no direct path.
        """
        ablated: dict[Part, bool] = {"attention": bool(heads), "direct path": direct}
        for part, is_ablated in ablated.items():
            if is_ablated and part not in self.parts:
                raise missing_part(self, part)
        remaining = replace(self, backward=None)
        if heads:
            to_pre, to_direct = (_without_heads(mixture, heads, fill) for mixture in (self.to_pre, self.to_direct))
            remaining = replace(remaining, to_pre=to_pre, to_direct=to_direct)
        if direct:
            empty = remaining.to_direct.select_sources(lambda _: False)
            constant = self.to_direct.mean() if fill == "mean" else self.b_logit
            remaining = replace(remaining, to_direct=empty.add_constant(constant))
        return remaining

    def without_neurons(self, ablated: Tensor, values: Tensor | None) -> Folded:
        """Replace the activations of some neurons by constants, zero by default. [ablated neuron] each"""
        is_ablated = torch.zeros(self.n_neurons, dtype=torch.bool, device=self.device)
        is_ablated[ablated] = True
        others = torch.nonzero(~is_ablated)[:, 0]
        to_direct = self.to_direct if values is None else self.to_direct.add_constant(values @ self.W_logit[ablated])
        return replace(
            self,
            to_pre=self.to_pre.select_channels(others),
            to_direct=to_direct,
            W_logit=self.W_logit[others],
            backward=None,
        )


def _without_heads(mixture: Mixture, heads: frozenset[int], fill: Fill) -> Mixture:
    """Replace the contribution of some heads to the residual stream by zero or by its mean over all pairs."""
    others = mixture.select_sources(lambda head: head not in heads)
    if fill == "zero":
        return others
    return others.add_constant(mixture.select_sources(lambda head: head in heads).mean())


def fold(weights: Weights, config: ModelConfig) -> Folded:
    """Fold a checkpoint, on the device of its weights.

    The result has the dtype of the weights, or float32 for half precision. Products of weights are computed in
    float64, so each table is rounded once.

    Raises:
        OutOfRange: the weights are so large that attention or a table overflows.
    """
    p, slots = config.p, config.prompt.slots
    dtype, w = torch.promote_types(weights.W_E.dtype, torch.float32), weights.to(torch.float64)
    W_U, b_logit = w.W_U[:, :p], w.b_out @ w.W_U[:, :p] + w.b_U[:p]  # [d_model, z], [z]
    residual = [_residual(w, config, position) for position in range(len(slots))]  # [token, d_model] each
    values = [einsum(r, w.W_V, "token d, head d e -> token head e") + w.b_V for r in residual]
    pattern = _attention_pattern(w, config, residual, dtype)  # [x, y, head, position]

    # The sources, sorted by the token that they depend on: every head at every position, then the residual stream.
    weights_x, weights_y = (
        torch.cat(group, dim=-1)  # [x, y, source]
        for group in _group_by_token(slots, [*pattern.unbind(dim=-1), pattern.new_ones(p, p, 1)])
    )
    heads: list[list[int | None]] = [[*range(config.n_heads)] for _ in slots] + [[None]]
    heads_x, heads_y = (tuple(chain.from_iterable(group)) for group in _group_by_token(slots, heads))

    def mixture(W_read: Tensor, b_read: Tensor) -> Mixture:
        """The residual stream after attention, multiplied by W_read [d_model, channel], plus b_read [channel]."""
        W_OV_read = einsum(w.W_O, W_read, "head e d, d channel -> head e channel")
        tables = [einsum(v, W_OV_read, "token head e, head e channel -> token head channel") for v in values]
        tables.append(((residual[-1] + w.b_O) @ W_read + b_read)[:, None])  # [token, 1, channel]
        table_x, table_y = (_rounded(group, p, dtype) for group in _group_by_token(slots, tables))
        return Mixture(weights_x, table_x, weights_y, table_y, heads_x, heads_y)

    return Folded(
        config=config,
        act_fn=config.act_fn,
        attention=pattern,
        embedding=weights.W_E[:p].to(dtype),
        unembedding=weights.W_U[:, :p].to(dtype),
        to_pre=mixture(w.W_in, w.b_in),
        to_direct=mixture(W_U, b_logit),
        W_logit=require_finite("W_out W_U", (w.W_out @ W_U).to(dtype)),
        b_logit=b_logit.to(dtype),
        backward=AttentionBackward(config, weights.to(dtype), [r.to(dtype) for r in residual]),
    )


def _rounded(tables: Sequence[Tensor], p: int, dtype: torch.dtype) -> Tensor:
    """One table of all sources, from those of some each; that of a constant has one row. [token, source, channel]"""
    sizes = [table.shape[1] for table in tables]
    joined = tables[0].new_empty(p, sum(sizes), tables[0].shape[-1], dtype=dtype)
    for table, place in zip(tables, joined.split(sizes, dim=1), strict=True):
        place.copy_(table)
    return require_finite("A table over tokens", joined)


def _residual(w: Weights, config: ModelConfig, position: int) -> Tensor:
    """The residual stream before attention: p rows for x or y, one row for a constant. [token, d_model]"""
    slot, p = config.prompt.slots[position], config.p
    first = slot if isinstance(slot, int) else config.prompt.y_offset if slot == "y" else 0
    tokens = w.W_E[first : first + (1 if isinstance(slot, int) else p)]
    return tokens + w.W_pos[position]


def _attention_pattern(w: Weights, config: ModelConfig, residual: list[Tensor], dtype: torch.dtype) -> Tensor:
    """Attention from the last position to every position: `c softmax + (1 - c)`. [x, y, head, position]"""
    p, slots = config.p, config.prompt.slots
    query = einsum(residual[-1], w.W_Q, "token d, head d e -> token head e") + w.b_Q
    query = query / math.sqrt(config.d_head)
    scores = []  # [x, y, head] each; an axis of length 1 where they do not depend on x or y
    for position, slot in enumerate(slots):
        key = einsum(residual[position], w.W_K, "token d, head d e -> token head e") + w.b_K
        if slot == slots[-1]:  # query and key are of the same token
            score = _token_to_pair_axes(einsum(query, key, "token head e, token head e -> token head"), slot)
        elif isinstance(slots[-1], int):  # a constant query
            score = _token_to_pair_axes(einsum(query[0], key, "head e, token head e -> token head"), slot)
        elif isinstance(slot, int):  # a constant key
            score = _token_to_pair_axes(einsum(query, key[0], "token head e, head e -> token head"), slots[-1])
        else:
            axes = "y head e, x head e -> x y head" if slots[-1] == "y" else "x head e, y head e -> x y head"
            score = einsum(query, key, axes)
        scores.append(score.to(dtype).expand(p, p, -1))
    # Over the first axis: softmax over a short last axis takes many times as long.
    pattern = torch.softmax(torch.stack(scores), dim=0)  # [position, x, y, head]
    if config.attn_coeff != 1:
        pattern = config.attn_coeff * pattern + (1 - config.attn_coeff)
    return rearrange(require_finite("Attention", pattern), "position x y head -> x y head position")


def _token_to_pair_axes(table: Tensor, slot: str | int) -> Tensor:
    """Give a token table pair axes: [token, ...] -> [x, 1, ...], [1, y, ...], or [1, 1, ...] for a constant."""
    return rearrange(table, "y ... -> 1 y ..." if slot == "y" else "x ... -> x 1 ...")


def _group_by_token(slots: Sequence[str | int], values: Sequence[T]) -> tuple[list[T], list[T]]:
    """Split one value per position, and one for the residual stream of the last position, by token: x first, then y.

    Constants count as x.
    """
    over_x: list[T] = []
    over_y: list[T] = []
    for slot, value in zip((*slots, slots[-1]), values, strict=True):
        (over_y if slot == "y" else over_x).append(value)
    return over_x, over_y
