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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeVar

import torch
from einops import einsum, rearrange
from torch import Tensor

from engine.networks.activations import activation
from engine.networks.config import ModelConfig
from engine.networks.overflow import require_finite
from engine.networks.weights import Weights

T = TypeVar("T")

# A slab is a block of rows of x. At this size its activations stay in the CPU cache, and memory stays flat for any p.
_SLAB_BYTES = 4 << 20
# Thinner slabs make the matrix products slow, so a large p gets larger slabs.
_MIN_SLAB_ROWS = 8
_FLOAT64_BYTES = 8
# Neurons per partial sum of the logits. One sum over all neurons in float32 would double the rounding error.
_NEURONS_PER_SUM = 128


@dataclass(frozen=True, eq=False)
class Mixture:
    """A function of (x, y) that is a weighted sum of token tables over x and token tables over y.

    `value[x, y] = sum_s weights_x[x, y, s] table_x[x, s] + sum_s weights_y[x, y, s] table_y[y, s]`

    A source s is a head at one position, weighted by its attention, or the residual stream of the last position,
    with weight 1.
    """

    weights_x: Tensor  # [x, y, source]
    table_x: Tensor  # [x, source, channel]
    weights_y: Tensor  # [x, y, source]
    table_y: Tensor  # [y, source, channel]
    heads_x: tuple[int | None, ...]  # [source]: the attention head; None for the residual stream
    heads_y: tuple[int | None, ...]  # [source]

    def rows(self, x: slice = slice(None), channels: slice | Tensor = slice(None)) -> Tensor:
        """Values for a slab of x. [x, y, channel]"""
        over_x = torch.bmm(self.weights_x[x], self.table_x[x][..., channels])  # [x, y, channel]
        over_y = torch.bmm(self.weights_y[x].transpose(0, 1), self.table_y[..., channels])  # [y, x, channel]
        return over_x.add_(over_y.transpose(0, 1))

    def channel(self, channel: int) -> Tensor:
        """Values of one channel for all pairs. [x, y]"""
        over_x = einsum(self.weights_x, self.table_x[..., channel], "x y source, x source -> x y")
        over_y = einsum(self.weights_y, self.table_y[..., channel], "x y source, y source -> x y")
        return over_x + over_y

    def mean(self) -> Tensor:
        """The mean over all pairs. [channel]"""
        over_x = einsum(self.weights_x.sum(dim=1), self.table_x, "x source, x source channel -> channel")
        over_y = einsum(self.weights_y.sum(dim=0), self.table_y, "y source, y source channel -> channel")
        return (over_x + over_y) / len(self.weights_x) ** 2

    def select_sources(self, selected: Callable[[int | None], bool]) -> Mixture:
        """The sum over some sources only: those with `selected(head)`, where None is the residual stream."""
        x, y = ([i for i, head in enumerate(heads) if selected(head)] for heads in (self.heads_x, self.heads_y))
        return Mixture(
            weights_x=self.weights_x[..., x],
            table_x=self.table_x[:, x],
            weights_y=self.weights_y[..., y],
            table_y=self.table_y[:, y],
            heads_x=tuple(self.heads_x[i] for i in x),
            heads_y=tuple(self.heads_y[i] for i in y),
        )

    def select_channels(self, channels: Tensor) -> Mixture:
        """Some channels only, in the given order."""
        return replace(self, table_x=self.table_x[..., channels], table_y=self.table_y[..., channels])

    def add_constant(self, constant: Tensor) -> Mixture:
        """Add a constant [channel] at every pair."""
        p = len(self.weights_x)
        return replace(
            self,
            weights_x=torch.cat([self.weights_x, self.weights_x.new_ones(p, p, 1)], dim=-1),
            table_x=torch.cat([self.table_x, constant.expand(p, 1, -1)], dim=1),
            heads_x=(*self.heads_x, None),
        )


@dataclass(frozen=True, eq=False)
class Folded:
    """The folded network of one checkpoint. Logits are those of the answers z = 0 .. p-1."""

    config: ModelConfig
    pattern: Tensor  # [x, y, head, position]: attention from the last position, its constant share included
    to_pre: Mixture  # channels: neurons
    to_direct: Mixture  # channels: answers z; the path around the MLP to the logits, with b_logit
    W_logit: Tensor  # [neuron, z]
    b_logit: Tensor  # [z]: b_out W_U + b_U; already added in `to_direct`

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        return self.to_pre.channel(neuron)

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        return activation(self.config.act_fn, self.pre(neuron))

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return activation(self.config.act_fn, self.to_pre.rows(x, neurons), inplace=True)

    def logits(self, x: slice, post: Tensor) -> Tensor:
        """Logits for a slab of x from its activations `post` [x, y, neuron]. [x, y, z]"""
        logits = self.to_direct.rows(x)  # [x, y, z]
        by_pair, post = logits.flatten(0, 1), post.flatten(0, 1)  # [pair, z], a view of logits; [pair, neuron]
        for some_post, some_W in zip(
            post.split(_NEURONS_PER_SUM, dim=1), self.W_logit.split(_NEURONS_PER_SUM), strict=True
        ):
            by_pair.addmm_(some_post, some_W)
        return logits

    def slabs(self) -> Iterator[slice]:
        """Slabs of x that cover all pairs, small enough that activations or float64 logits stay in the CPU cache."""
        step = max(_MIN_SLAB_ROWS, _SLAB_BYTES // _row_bytes(self.config, self.W_logit.dtype))
        for start in range(0, self.config.p, step):
            yield slice(start, min(start + step, self.config.p))

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        """Slabs of x with their logits [x, y, z], computed one at a time."""
        for x in self.slabs():
            yield x, self.logits(x, self.post_rows(x))

    def all_logits(self) -> Tensor:
        """Logits of all pairs, p^3 numbers. [x, y, z]"""
        return torch.cat([logits for _, logits in self.logit_slabs()])

    @property
    def logits_nbytes(self) -> int:
        """Size of `all_logits()` in bytes."""
        return self.config.p**3 * self.W_logit.element_size()


def slab_bytes(config: ModelConfig, dtype: torch.dtype) -> int:
    """Size of the activations or the float64 logits of a slab, whichever is larger, in bytes."""
    return max(_SLAB_BYTES, _MIN_SLAB_ROWS * _row_bytes(config, dtype))


def _row_bytes(config: ModelConfig, dtype: torch.dtype) -> int:
    """The same for one row of x."""
    return config.p * max(config.d_mlp * dtype.itemsize, config.p * _FLOAT64_BYTES)


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
        rounded = [require_finite("A table over tokens", table.to(dtype)) for table in tables]
        expanded = [table.expand(p, -1, -1) for table in rounded]  # the table of a constant has one row
        table_x, table_y = (torch.cat(group, dim=1) for group in _group_by_token(slots, expanded))
        return Mixture(weights_x, table_x, weights_y, table_y, heads_x, heads_y)

    return Folded(
        config=config,
        pattern=pattern,
        to_pre=mixture(w.W_in, w.b_in),
        to_direct=mixture(W_U, b_logit),
        W_logit=require_finite("W_out W_U", (w.W_out @ W_U).to(dtype)),
        b_logit=b_logit.to(dtype),
    )


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
    pattern = torch.softmax(torch.stack(scores, dim=-1) / math.sqrt(config.d_head), dim=-1)
    if config.attn_coeff != 1:
        pattern = config.attn_coeff * pattern + (1 - config.attn_coeff)
    return require_finite("Attention", pattern)


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
