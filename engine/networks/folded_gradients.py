"""Gradients of a logit with respect to the embeddings of x and y, written out for the networks that are folded.

From the gradient of the pre-activations back, with the names of `folded`:

    d_z[head]           = W_O (W_in d_pre + W_U[answer])                     what a head adds, before W_O
    d_v[position, head] = pattern[position, head] d_z[head]
    d_pattern           = d_z[head] . v[position, head]
    d_score             = c softmax (d_pattern - sum over positions of softmax d_pattern)
    d_r[position]       = W_V d_v[position] + W_K d_k[position], and at the last position W_Q d_q + the direct path

where pattern = c softmax + (1 - c). The embeddings are those before W_pos.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import torch
from einops import einsum, rearrange
from torch import Tensor

from engine.networks.config import ModelConfig
from engine.networks.weights import Weights


@dataclass(frozen=True, eq=False)
class Pairs:
    """Some pairs, with the answer whose logit is differentiated and what the forward pass gives for them."""

    x: Tensor  # [pair]
    y: Tensor  # [pair]
    z: Tensor  # [pair]: the answer
    d_pre: Tensor  # [pair, neuron]: d logit_z / d pre-activation
    pattern: Tensor | None  # [pair, head, position]


class Backward(Protocol):
    """From the gradient of the pre-activations to those of the embeddings."""

    def __call__(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y. [pair, d_model] each"""
        ...


@dataclass(frozen=True, eq=False)
class MlpBackward:
    """Of an MLP: both embeddings are read by a matrix; None if the embedding is itself added to the neurons."""

    W_x: Tensor | None  # [d_embed, neuron]
    W_y: Tensor | None

    def __call__(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y. [pair, d_embed] each"""
        d_x, d_y = (pairs.d_pre if W is None else pairs.d_pre @ W.T for W in (self.W_x, self.W_y))
        return d_x, d_y


@dataclass(frozen=True, eq=False)
class AttentionBackward:
    """Of a transformer with one layer and no normalisation. `weights` are those of the computation."""

    config: ModelConfig
    weights: Weights
    residual: Sequence[Tensor]  # [token, d_model] by position: before attention

    @property
    def slots(self) -> Sequence[str | int]:
        return self.config.prompt.slots

    def __call__(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y. [pair, d_model] each"""
        assert pairs.pattern is not None
        d_z = torch.addmm(self._d_z_of_answer[pairs.z], pairs.d_pre, self._d_z_of_pre)  # [pair, (head e)]
        d_score = self._d_score(pairs, d_z)  # [position]: [pair, head], or None
        d_x, d_y = (d_z.new_zeros(len(d_z), self.config.d_model) for _ in range(2))
        for position, slot in enumerate(self.slots):
            if isinstance(slot, int):
                continue
            d_v = _by_head(d_z, self.config) * pairs.pattern[..., position, None]
            d_residual = d_v.flatten(1) @ self._values_read.T
            if d_score is not None:
                d_residual += self._from_key(pairs, d_score[position])
            (d_x if slot == "x" else d_y).add_(d_residual)
        if not isinstance(self.slots[-1], int):
            (d_x if self.slots[-1] == "x" else d_y).add_(self._at_last(pairs, d_score))
        return d_x, d_y

    def _d_score(self, pairs: Pairs, d_z: Tensor) -> list[Tensor] | None:
        """d logit_z / d attention score of each position; None if attention is constant. [pair, head] each"""
        c = self.config.attn_coeff
        if c == 0:
            return None
        assert pairs.pattern is not None
        softmax = pairs.pattern if c == 1 else (pairs.pattern - (1 - c)) / c
        by_head = _by_head(d_z, self.config)
        d_pattern = torch.stack(
            [
                (by_head * self._of_pairs(values, position, pairs)).sum(dim=-1)
                for position, values in enumerate(self._values)
            ],
            dim=-1,
        )  # [pair, head, position]
        d_score = c * softmax * (d_pattern - (softmax * d_pattern).sum(dim=-1, keepdim=True))
        return list(d_score.unbind(dim=-1))

    def _from_key(self, pairs: Pairs, d_score: Tensor) -> Tensor:
        """What the score of a position adds to d_r of it, through its key. [pair, head] -> [pair, d_model]"""
        if isinstance(self.slots[-1], int):  # a constant query
            return d_score @ einsum(self._queries[0], self.weights.W_K, "head e, head d e -> head d")
        d_key = d_score[..., None] * self._of_pairs(self._queries, len(self.slots) - 1, pairs)
        return einsum(d_key, self.weights.W_K, "pair head e, head d e -> pair d")

    def _at_last(self, pairs: Pairs, d_score: list[Tensor] | None) -> Tensor:
        """What the last position adds to its token: through the query, and around attention. [pair, d_model]"""
        direct = pairs.d_pre @ self.weights.W_in.T + self.weights.W_U.T[pairs.z]
        if d_score is None:
            return direct
        scores = zip(d_score, self._keys, strict=True)
        d_query = sum(
            (d[..., None] * self._of_pairs(keys, position, pairs) for position, (d, keys) in enumerate(scores)),
            start=torch.zeros_like(direct[:, :1, None]),
        ) / math.sqrt(self.config.d_head)
        return direct + einsum(d_query, self.weights.W_Q, "pair head e, head d e -> pair d")

    def _of_pairs(self, table: Tensor, position: int, pairs: Pairs) -> Tensor:
        """A table over the token at a position, for pairs. [token, ...] -> [pair, ...], or [1, ...] for a constant"""
        slot = self.slots[position]
        return table if isinstance(slot, int) else table[pairs.x if slot == "x" else pairs.y]

    # Products of weights, computed once ---------------------------------------------------------------------------

    @cached_property
    def _values_read(self) -> Tensor:
        return rearrange(self.weights.W_V, "head d e -> d (head e)")

    @cached_property
    def _d_z_of_pre(self) -> Tensor:
        """(W_O W_in) transposed. [neuron, (head e)]"""
        return (rearrange(self.weights.W_O, "head e d -> (head e) d") @ self.weights.W_in).T.contiguous()

    @cached_property
    def _d_z_of_answer(self) -> Tensor:
        """(W_O W_U) transposed. [z, (head e)]"""
        return (rearrange(self.weights.W_O, "head e d -> (head e) d") @ self.weights.W_U).T.contiguous()

    @cached_property
    def _values(self) -> list[Tensor]:
        """[token, head, e] by position"""
        return self._projected(self.weights.W_V, self.weights.b_V)

    @cached_property
    def _keys(self) -> list[Tensor]:
        """[token, head, e] by position"""
        return self._projected(self.weights.W_K, self.weights.b_K)

    def _projected(self, W: Tensor, b: Tensor) -> list[Tensor]:
        return [einsum(r, W, "token d, head d e -> token head e") + b for r in self.residual]

    @cached_property
    def _queries(self) -> Tensor:
        """Those of the last position, over sqrt(d_head). [token, head, e]"""
        query = einsum(self.residual[-1], self.weights.W_Q, "token d, head d e -> token head e") + self.weights.b_Q
        return query / math.sqrt(self.config.d_head)


def _by_head(values: Tensor, config: ModelConfig) -> Tensor:
    """[pair, (head e)] -> [pair, head, e]"""
    return values.reshape(len(values), config.n_heads, config.d_head)
