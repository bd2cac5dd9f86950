"""The model folded onto its tokens: the whole forward pass as tables over one token each.

Only x and y vary in the prompt, so whatever one position sends is a table over one token. Attention mixes these
tables with weights that depend on the pair; behind the ReLU everything is linear again:

    pre[x, y]    = sum of pattern[x, y, head, position] * W_neur[position][token, head]  + what the last position keeps
    logits[x, y] = act(pre[x, y]) W_logit                                                + the same sum, read by W_U

with `W_neur = (r W_V + b_V) W_O W_in`, `r = W_E[token] + W_pos[position]` and `W_logit = W_out W_U`. Exact, biases
included, for any prompt of x, y and constants.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from einops import einsum, rearrange, repeat
from torch import Tensor

from engine.activations import activation
from engine.config import ModelConfig
from engine.weights import Weights

# Rows of x handled at once: activations of this many bytes stay in cache, and memory stays flat for any p.
_SLAB_BYTES = 4 << 20


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

    def of_sources(self, wanted: Callable[[int | None], bool]) -> Mixture:
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

    def of_channels(self, channels: Tensor) -> Mixture:
        """These channels alone, in this order."""
        return replace(self, table_x=self.table_x[..., channels], table_y=self.table_y[..., channels])

    def plus(self, constant: Tensor) -> Mixture:
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
        """Slabs of x that cover all pairs, each small enough to stay in cache with all its neurons."""
        row = self.config.p * self.config.d_mlp * self.W_logit.element_size()
        step = max(1, min(self.config.p, _SLAB_BYTES // row))
        for start in range(0, self.config.p, step):
            yield slice(start, min(start + step, self.config.p))

    def logits(self, x: slice, post: Tensor) -> Tensor:
        """Logits of a slab of x from its activations. [x, y, neuron] -> [x, y, z]"""
        return self.to_direct.rows(x).add_(post @ self.W_logit)

    def all_logits(self) -> Tensor:
        """Logits of every pair, the answers 0 .. p-1 only. [x, y, z]"""
        return torch.cat([self.logits(x, self.post_rows(x)) for x in self.slabs()])


def fold(weights: Weights, config: ModelConfig) -> Folded:
    """Fold a checkpoint; computes in the dtype and on the device of its weights."""
    W_U, b_U = weights.W_U[:, : config.p], weights.b_U[: config.p]
    residual = [_residual(weights, config, position) for position in range(config.prompt.n_ctx)]
    pattern = _pattern(weights, config, residual)
    values = [einsum(r, weights.W_V, "token d, head d e -> token head e") + weights.b_V for r in residual]
    kept = residual[-1] + weights.b_O  # [token, d_model]: what the last position has besides attention

    def mixture(read: Tensor, constant: Tensor) -> Mixture:
        """Everything in the residual stream after attention, seen through `read` [d_model, channel]."""
        W_OV = einsum(weights.W_O, read, "head e d, d channel -> head e channel")
        tables = [einsum(v, W_OV, "token head e, head e channel -> token head channel") for v in values]
        return _mix(config, pattern, tables, kept @ read + constant)

    b_logit = weights.b_out @ W_U + b_U
    return Folded(
        config=config,
        pattern=pattern,
        to_pre=mixture(weights.W_in, weights.b_in),
        to_direct=mixture(W_U, b_logit),
        W_logit=weights.W_out @ W_U,
        b_logit=b_logit,
    )


def _residual(weights: Weights, config: ModelConfig, position: int) -> Tensor:
    """The residual stream before attention at one position: one row a token, one row in all for a constant."""
    slot = config.prompt.slots[position]
    tokens = weights.W_E[: config.p] if isinstance(slot, str) else weights.W_E[slot : slot + 1]
    return tokens + weights.W_pos[position]


def _pattern(weights: Weights, config: ModelConfig, residual: list[Tensor]) -> Tensor:
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
        scores.append(score.expand(p, p, -1))
    return torch.softmax(torch.stack(scores, dim=-1) / math.sqrt(config.d_head), dim=-1)


def on_grid(table: Tensor, slot: str | int) -> Tensor:
    """Lay a table over one token out over the pairs: [token, ...] -> [x, 1, ...], [1, y, ...] or [1, 1, ...]."""
    return rearrange(table, "y ... -> 1 y ..." if slot == "y" else "x ... -> x 1 ...")


def _mix(config: ModelConfig, pattern: Tensor, tables: list[Tensor], kept: Tensor) -> Mixture:
    """Sort the positions' tables by the token they depend on; constants count as tables over x."""
    p, slots = config.p, config.prompt.slots
    always = pattern.new_ones(p, p, 1)
    by_token: dict[str, list[tuple[Tensor, Tensor]]] = {"x": [], "y": []}
    heads: dict[str, list[int | None]] = {"x": [], "y": []}
    sources = [(pattern[..., position], tables[position]) for position in range(len(slots))]
    for slot, (weight, table) in [*zip(slots, sources, strict=True), (slots[-1], (always, kept[:, None]))]:
        axis = slot if isinstance(slot, str) else "x"
        by_token[axis].append((weight, table if isinstance(slot, str) else repeat(table[0], "... -> x ...", x=p)))
        heads[axis] += [None] if weight is always else range(config.n_heads)
    (weights_x, tables_x), (weights_y, tables_y) = (zip(*by_token[axis], strict=True) for axis in "xy")
    return Mixture(
        torch.cat(weights_x, dim=-1),
        torch.cat(tables_x, dim=1),
        torch.cat(weights_y, dim=-1),
        torch.cat(tables_y, dim=1),
        tuple(heads["x"]),
        tuple(heads["y"]),
    )
