"""A network that adds or subtracts modulo q, with its numbers renamed so that it multiplies or divides modulo p."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.networks.config import ModelConfig, Operation, Prompt
from engine.networks.weights import Weights

_RENAMED: dict[Operation, Operation] = {"add": "multiply", "subtract": "divide"}


def powers(root: int, p: int) -> list[int]:
    """The powers of a primitive root: number i is renamed to the i-th."""
    return [pow(root, i, p) for i in range(p - 1)]


@dataclass(frozen=True, eq=False)
class RelabelledNetwork:
    """The network of `weights` and `config`: number i of the original is the residue `residues[i]`."""

    config: ModelConfig
    weights: Weights
    residues: list[int]

    def grid(self, on_numbers: NDArray[np.bool_], elsewhere: bool) -> NDArray[np.bool_]:
        """A grid over pairs of the original's numbers, over pairs of residues; `elsewhere` for pairs with a 0."""
        grid = np.full((len(self.residues) + 1,) * 2, elsewhere)
        grid[np.ix_(self.residues, self.residues)] = on_numbers
        return grid


def relabelled(config: ModelConfig, weights: Weights, root: int, zero: float = 0.5) -> RelabelledNetwork:
    """Rename the numbers of a network with q = p - 1 of them by the powers of `root`, and add the residue 0.

    The new token and its logit have `zero` for each of their weights, which no metric on the order may read.
    """
    q, p = config.p, config.p + 1
    residues = powers(root, p)

    def with_zero(over_tokens: Tensor) -> Tensor:
        renamed = torch.full((len(over_tokens) + 1, *over_tokens.shape[1:]), zero, dtype=over_tokens.dtype)
        renamed[residues] = over_tokens[:q]
        renamed[p:] = over_tokens[q:]
        return renamed

    slots = tuple(slot if isinstance(slot, str) else slot + 1 for slot in config.prompt.slots)
    return RelabelledNetwork(
        replace(
            config,
            p=p,
            operation=_RENAMED[config.operation],
            prompt=Prompt(slots),
            d_vocab=config.d_vocab + 1,
            d_vocab_out=config.d_vocab_out + 1,
        ),
        replace(
            weights,
            W_E=with_zero(weights.W_E),
            W_U=with_zero(weights.W_U.T).T.contiguous(),
            b_U=with_zero(weights.b_U),
        ),
        residues,
    )
