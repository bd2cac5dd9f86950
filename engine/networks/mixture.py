"""A weighted sum of token tables: a function of (x, y) that is stored as functions of one token each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from einops import einsum
from torch import Tensor

from engine.networks.scratch import Scratch


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

    def rows(
        self, x: slice = slice(None), channels: slice | Tensor = slice(None), scratch: Scratch | None = None
    ) -> Tensor:
        """Values for a slab of x, in the memory of `scratch` if that is given. [x, y, channel]"""
        weights_x, weights_y = self.weights_x[x], self.weights_y[x].transpose(0, 1)
        table_x, table_y = self.table_x[x][..., channels], self.table_y[..., channels]
        out_x = _out(scratch, "over_x", weights_x, table_x)
        out_y = _out(scratch, "over_y", weights_y, table_y)
        over_x = torch.bmm(weights_x, table_x, out=out_x)  # [x, y, channel]
        over_y = torch.bmm(weights_y, table_y, out=out_y)  # [y, x, channel]
        return over_x.add_(over_y.transpose(0, 1))

    def channel(self, channel: int) -> Tensor:
        """Values of one channel for all pairs. [x, y]"""
        over_x = einsum(self.weights_x, self.table_x[..., channel], "x y source, x source -> x y")
        over_y = einsum(self.weights_y, self.table_y[..., channel], "x y source, y source -> x y")
        return over_x + over_y

    def pairs(self, x: Tensor, y: Tensor) -> Tensor:
        """Values of all channels for some pairs. [pair], [pair] -> [pair, channel]"""
        over_x = einsum(self.weights_x[x, y], self.table_x[x], "pair source, pair source channel -> pair channel")
        over_y = einsum(self.weights_y[x, y], self.table_y[y], "pair source, pair source channel -> pair channel")
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


def _out(scratch: Scratch | None, name: str, weights: Tensor, table: Tensor) -> Tensor | None:
    """Memory for the product of weights [token, row, source] and a table [token, source, channel]."""
    if scratch is None:
        return None
    return scratch.empty(name, (*weights.shape[:2], table.shape[-1]), table.dtype, table.device)
