"""The order of the tokens in which an operation adds or subtracts: for multiplication that of their logarithms.

Modulo a prime p, the nonzero residues are the powers g^0 .. g^(p-2) of a primitive root g. As g^i g^j = g^(i+j) and
the exponents count modulo q = p - 1, a network that multiplies is one that adds modulo q, once its tokens are in order
of their exponent and the token 0, which has none, is left out. All Fourier metrics are computed on that network. Loss
and accuracy are those of all p^2 pairs and p answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from engine.networks.config import Operation, Task
from engine.networks.network import NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.number_theory import is_prime, smallest_primitive_root
from engine.networks.split import Split
from engine.networks.weights import Weights

Config = TypeVar("Config", bound=NetworkConfig)

_ON_LOGARITHMS: dict[Operation, Operation] = {"multiply": "add", "divide": "subtract"}
# Modulo 3 a single nonzero frequency would remain, of two tokens.
_SMALLEST_PRIME = 5


@dataclass(frozen=True)
class TokenOrder:
    """Some of the tokens 0 .. p-1 in an order, and the operation on their indices in it.

    >>> token_order(Task(7, "multiply")).tokens
    (1, 3, 2, 6, 4, 5)
    """

    tokens: tuple[int, ...]  # [index]
    p: int
    operation: Operation  # on the indices, modulo their number

    @property
    def q(self) -> int:
        """The number of tokens in the order."""
        return len(self.tokens)

    @property
    def natural(self) -> bool:
        """Whether these are all tokens 0 .. p-1 in their own order."""
        return self.q == self.p

    @cached_property
    def _indices(self) -> dict[int, int]:
        return {token: index for index, token in enumerate(self.tokens)}

    def index_of(self, token: int) -> int | None:
        """The index of a token; None for the token 0 of an order of logarithms."""
        return self._indices.get(token)

    @cached_property
    def array(self) -> NDArray[np.int64]:
        """The tokens as an array. [index]"""
        return np.array(self.tokens)

    def config(self, config: Config) -> Config:
        """The config of the network on these tokens: its p is q, and the constants of the prompt follow."""
        return config if self.natural else config.with_tokens(self.q, self.operation)

    def weights(self, weights: NetworkWeights, y_offset: int = 0) -> NetworkWeights:
        """The weights of the network on these tokens; those after the embedding and before the logits are the same.

        `y_offset` is that of the prompt: where the tokens of y start, if not at 0.
        """
        tokens = torch.from_numpy(self.array)
        if self.natural:
            return weights
        if isinstance(weights, Weights):
            return weights.select_tokens(tokens, self.p, y_offset)
        return weights.select_tokens(tokens, self.p)

    def split(self, split: Split | None) -> Split | None:
        """The split of the pairs of these tokens, by index."""
        if self.natural or split is None:
            return split
        return replace(split, train=split.train[np.ix_(self.array, self.array)])


@lru_cache(maxsize=16)
def token_order(task: Task) -> TokenOrder:
    """The order of the logarithms for multiply and divide modulo a prime, else the natural order.

    The logarithms are those to the smallest primitive root of p.
    """
    p = task.p
    if task.operation not in _ON_LOGARITHMS or p < _SMALLEST_PRIME or not is_prime(p):
        return TokenOrder(tuple(range(p)), p, task.operation)
    root = smallest_primitive_root(p)
    return TokenOrder(tuple(pow(root, i, p) for i in range(p - 1)), p, _ON_LOGARITHMS[task.operation])
