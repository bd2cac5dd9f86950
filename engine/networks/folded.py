"""The model folded onto its tokens: the whole forward pass as tables over one token each.

Only x and y vary in the prompt, so whatever one position sends is a table over one token. Attention mixes these
tables with weights that depend on the pair; behind the MLP's nonlinearity everything is linear again:

    pre[x, y]    = sum of pattern[x, y, head, position] * W_neur[position][token, head]  + what the last position keeps
    logits[x, y] = act(pre[x, y]) W_logit                                                + the same sum, read by W_U

with `W_neur = (r W_V + b_V) W_O W_in`, `r = W_E[token] + W_pos[position]` and `W_logit = W_out W_U`. Exact, biases
included, for any prompt of x, y and constants.
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

Value = TypeVar("Value")

# Rows of x handled at once: activations of this many bytes stay in cache, and memory stays flat for any p. For a large
# p at least so many rows: thinner slabs starve the products.
_SLAB_BYTES, _LEAST_ROWS = 4 << 20, 8
_FLOAT64_BYTES = 8
# Logits are summed over so many neurons at a time: a sum over all of them in float32 loses twice as much to rounding.
_SUMMED = 128


@dataclass(frozen=True, eq=False)
class Mixture:
    """A function of (x, y) that is a weighted sum of tables over x and tables over y.

    `value[x, y] = sum_s weights_x[x, y, s] table_x[x, s] + sum_s weights_y[x, y, s] table_y[y, s]`
    """

    weights_x: Tensor  # [x, y, source]
    table_x: Tensor  # [x, source, channel]
    weights_y: Tensor  # [x, y, source]
    table_y: Tensor  # [y, source, channel]
    heads_x: tuple[int | None, ...]  # the attention head behind each source of x; None: what the last position keeps
    heads_y: tuple[int | None, ...]  # the same of y

    def rows(self, x: slice = slice(None), channels: slice | Tensor = slice(None)) -> Tensor:
        """The values for a slab of x. [x, y, channel]"""
        mixed = torch.bmm(self.weights_x[x], self.table_x[x][..., channels])
        by_y = torch.bmm(self.weights_y[x].transpose(0, 1), self.table_y[..., channels])  # [y, x, channel]
        return mixed.add_(by_y.transpose(0, 1))

    def channel(self, channel: int) -> Tensor:
        """One channel over all pairs. [x, y]"""
        from_x = einsum(self.weights_x, self.table_x[..., channel], "x y source, x source -> x y")
        from_y = einsum(self.weights_y, self.table_y[..., channel], "x y source, y source -> x y")
        return from_x + from_y

    def mean(self) -> Tensor:
        """Each channel's mean over all pairs. [channel]"""
        from_x = einsum(self.weights_x.sum(dim=1), self.table_x, "x source, x source channel -> channel")
        from_y = einsum(self.weights_y.sum(dim=0), self.table_y, "y source, y source channel -> channel")
        return (from_x + from_y) / len(self.weights_x) ** 2

    def select_sources(self, wanted: Callable[[int | None], bool]) -> Mixture:
        """What the wanted heads send, `None` standing for what the last position keeps; the others send nothing."""
        x, y = ([i for i, head in enumerate(heads) if wanted(head)] for heads in (self.heads_x, self.heads_y))
        return Mixture(
            self.weights_x[..., x],
            self.table_x[:, x],
            self.weights_y[..., y],
            self.table_y[:, y],
            tuple(self.heads_x[i] for i in x),
            tuple(self.heads_y[i] for i in y),
        )

    def select_channels(self, channels: Tensor) -> Mixture:
        """These channels alone, in this order."""
        return replace(self, table_x=self.table_x[..., channels], table_y=self.table_y[..., channels])

    def add_constant(self, constant: Tensor) -> Mixture:
        """The same and, at every pair, a constant. [channel]"""
        p = len(self.weights_x)
        return replace(
            self,
            weights_x=torch.cat([self.weights_x, self.weights_x.new_ones(p, p, 1)], dim=-1),
            table_x=torch.cat([self.table_x, constant.expand(p, 1, -1)], dim=1),
            heads_x=(*self.heads_x, None),
        )


@dataclass(frozen=True, eq=False)
class Folded:
    """One checkpoint, ready to be asked about any of its p^2 inputs."""

    config: ModelConfig
    pattern: Tensor  # [x, y, head, position]: attention of the last position
    to_pre: Mixture  # channels: neurons
    to_direct: Mixture  # channels: answers z; the path to the logits around the MLP, with every bias behind it
    W_logit: Tensor  # [neuron, z]
    b_logit: Tensor  # [z]: the bias behind W_logit, b_out W_U + b_U; `to_direct` has it in it

    def pre(self, neuron: int) -> Tensor:
        """One neuron's pre-activation over all pairs. [x, y]"""
        return self.to_pre.channel(neuron)

    def post(self, neuron: int) -> Tensor:
        """One neuron's activation over all pairs. [x, y]"""
        return activation(self.config.act_fn, self.pre(neuron))

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return activation(self.config.act_fn, self.to_pre.rows(x, neurons), overwrite=True)

    def slabs(self) -> Iterator[slice]:
        """Slabs of x that cover all pairs, each small enough to stay in cache with its neurons or float64 logits."""
        step = max(_LEAST_ROWS, _SLAB_BYTES // _row_bytes(self.config, self.W_logit.dtype))
        for start in range(0, self.config.p, step):
            yield slice(start, min(start + step, self.config.p))

    def logits(self, x: slice, post: Tensor) -> Tensor:
        """Logits of a slab of x from its activations. [x, y, neuron] -> [x, y, z]"""
        logits = self.to_direct.rows(x)
        by_pair, post = logits.flatten(0, 1), post.flatten(0, 1)
        for some, written in zip(post.split(_SUMMED, dim=1), self.W_logit.split(_SUMMED), strict=True):
            by_pair.addmm_(some, written)
        return logits

    @property
    def logits_nbytes(self) -> int:
        """What the logits of all pairs would take, in bytes."""
        return self.config.p**3 * self.W_logit.element_size()

    def logit_slabs(self) -> Iterator[tuple[slice, Tensor]]:
        """Slabs of x with their logits [x, y, z], the answers 0 .. p-1 only; a slab at a time is held."""
        for x in self.slabs():
            yield x, self.logits(x, self.post_rows(x))

    def all_logits(self) -> Tensor:
        """Logits of every pair, the answers 0 .. p-1 only: p^3 numbers at once. [x, y, z]"""
        return torch.cat([logits for _, logits in self.logit_slabs()])


def slab_bytes(config: ModelConfig, dtype: torch.dtype) -> int:
    """What the activations or the float64 logits of a slab take, in bytes."""
    return max(_SLAB_BYTES, _LEAST_ROWS * _row_bytes(config, dtype))


def _row_bytes(config: ModelConfig, dtype: torch.dtype) -> int:
    """The same for one x."""
    return config.p * max(config.d_mlp * dtype.itemsize, config.p * _FLOAT64_BYTES)


def fold(weights: Weights, config: ModelConfig) -> Folded:
    """Fold a checkpoint; computes on the device of its weights, and what is kept has their dtype, or float32 if that
    is half of it.

    Weights are multiplied with weights in float64: these products are few, and so the tables are rounded once.

    Raises:
        OutOfRange: the weights are so large that attention or a table overflows.
    """
    dtype, weights = torch.promote_types(weights.W_E.dtype, torch.float32), weights.to(torch.float64)
    W_U, b_U = weights.W_U[:, : config.p], weights.b_U[: config.p]
    residual = [_residual(weights, config, position) for position in range(config.prompt.n_ctx)]
    pattern = _pattern(weights, config, residual, dtype)
    values = [einsum(r, weights.W_V, "token d, head d e -> token head e") + weights.b_V for r in residual]
    kept = residual[-1] + weights.b_O  # [token, d_model]: what the last position has besides attention

    sort = _SourcesByToken(config, pattern)

    def mixture(read: Tensor, constant: Tensor) -> Mixture:
        """Everything in the residual stream after attention, seen through `read` [d_model, channel]."""
        W_OV = einsum(weights.W_O, read, "head e d, d channel -> head e channel")
        tables = [einsum(v, W_OV, "token head e, head e channel -> token head channel") for v in values]
        return sort.mix(
            [
                require_finite("A table over tokens", table.to(dtype))
                for table in (*tables, (kept @ read + constant)[:, None])
            ]
        )

    b_logit = weights.b_out @ W_U + b_U
    return Folded(
        config=config,
        pattern=pattern,
        to_pre=mixture(weights.W_in, weights.b_in),
        to_direct=mixture(W_U, b_logit),
        W_logit=require_finite("W_out W_U", (weights.W_out @ W_U).to(dtype)),
        b_logit=b_logit.to(dtype),
    )


def _residual(weights: Weights, config: ModelConfig, position: int) -> Tensor:
    """The residual stream before attention at one position: one row a token, one row in all for a constant."""
    slot = config.prompt.slots[position]
    tokens = weights.W_E[: config.p] if isinstance(slot, str) else weights.W_E[slot : slot + 1]
    return tokens + weights.W_pos[position]


def _pattern(weights: Weights, config: ModelConfig, residual: list[Tensor], dtype: torch.dtype) -> Tensor:
    """Softmax attention of the last position to every position. [x, y, head, position]"""
    p, slots = config.p, config.prompt.slots
    query = einsum(residual[-1], weights.W_Q, "token d, head d e -> token head e") + weights.b_Q
    scores = []
    for position, slot in enumerate(slots):
        key = einsum(residual[position], weights.W_K, "token d, head d e -> token head e") + weights.b_K
        if slot == slots[-1]:  # the query's own token: one index, not two
            score = on_grid(einsum(query, key, "token head e, token head e -> token head"), slot)
        elif isinstance(slots[-1], int):
            score = on_grid(einsum(query[0], key, "head e, token head e -> token head"), slot)
        elif isinstance(slot, int):
            score = on_grid(einsum(query, key[0], "token head e, head e -> token head"), slots[-1])
        else:
            axes = "y head e, x head e -> x y head" if slots[-1] == "y" else "x head e, y head e -> x y head"
            score = einsum(query, key, axes)
        scores.append(score.to(dtype).expand(p, p, -1))
    return require_finite("Attention", torch.softmax(torch.stack(scores, dim=-1) / math.sqrt(config.d_head), dim=-1))


def on_grid(table: Tensor, slot: str | int) -> Tensor:
    """Lay a table over one token out over the pairs: [token, ...] -> [x, 1, ...], [1, y, ...] or [1, 1, ...]."""
    return rearrange(table, "y ... -> 1 y ..." if slot == "y" else "x ... -> x 1 ...")


class _SourcesByToken:
    """The positions sorted by the token they depend on; constants count as tables over x."""

    def __init__(self, config: ModelConfig, pattern: Tensor) -> None:
        p, self._slots = config.p, config.prompt.slots
        self._p = p
        weights = [*pattern.unbind(dim=-1), pattern.new_ones(p, p, 1)]  # the last position keeps what it has
        heads: list[list[int | None]] = [[*range(config.n_heads)] for _ in self._slots] + [[None]]
        self._weights = {axis: torch.cat(some, dim=-1) for axis, some in self._by_token(weights).items()}
        self._heads = {axis: tuple(chain.from_iterable(some)) for axis, some in self._by_token(heads).items()}

    def mix(self, tables: list[Tensor]) -> Mixture:
        """One table a position, and what the last position has besides. [token, head or 1, channel] each"""
        over_tokens = [table.expand(self._p, -1, -1) for table in tables]  # a constant has one row
        by_token = {axis: torch.cat(some, dim=1) for axis, some in self._by_token(over_tokens).items()}
        return Mixture(
            self._weights["x"], by_token["x"], self._weights["y"], by_token["y"], self._heads["x"], self._heads["y"]
        )

    def _by_token(self, values: Sequence[Value]) -> dict[str, list[Value]]:
        """One value a position and one for what the last position keeps, by the token each depends on."""
        sorted_values: dict[str, list[Value]] = {"x": [], "y": []}
        for slot, value in zip((*self._slots, self._slots[-1]), values, strict=True):
            sorted_values[slot if isinstance(slot, str) else "x"].append(value)
        return sorted_values
