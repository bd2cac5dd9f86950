"""One pair (x, y): the network's logits, attention and neurons, and the prediction of the logit formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import UnknownQuery
from engine.networks.network import Network
from engine.networks.task import answers
from engine.networks.token_order import TokenOrder, token_order


@dataclass(frozen=True, eq=False)
class PairReading:
    """The logits of one pair and the formula `sum_k c_k cos w_k(answer - z)`, each minus its mean over z.

    In the formula, answer and z are indices in the token order: for multiply and divide, logarithms. It is NaN at
    z = 0, which has none, and has no parts where the right answer is 0.
    """

    x: int
    y: int
    answer: int  # the right answer
    logits: NDArray[np.float64]  # [z], minus their mean over z
    parts: dict[int, NDArray[np.float64]]  # by k: c_k cos w_k(answer - z). [z]
    attention: NDArray[np.float64] | None  # [head, position]; None without attention
    # (neuron, activation, contribution to the answer's logit); None without W_logit
    top_neurons: tuple[tuple[int, float, float], ...] | None

    @property
    def formula(self) -> NDArray[np.float64]:
        """The sum of the parts of all key frequencies. [z]"""
        return np.sum(list(self.parts.values()), axis=0) if self.parts else np.zeros_like(self.logits)

    @property
    def formula_winner(self) -> int:
        """The answer with the largest value of the formula."""
        return int(np.nanargmax(self.formula))

    @property
    def winner(self) -> int:
        """The answer with the largest logit."""
        return int(self.logits.argmax())

    @property
    def margin(self) -> float:
        """The largest logit minus the second largest."""
        second, largest = np.sort(self.logits)[-2:]
        return float(largest - second)


def read_pair(network: Network, coefficients: dict[int, float], x: int, y: int, max_neurons: int = 10) -> PairReading:
    """Run one pair of a network of all tokens; `coefficients` are the c_k of `logit_formula`, in token order.

    A neuron's contribution is its activation times (its weight to the answer's logit - its mean weight over z).

    Raises:
        UnknownQuery: x or y is not an integer from 0 to p - 1.
    """
    p, order = network.task.p, token_order(network.task)
    if not (0 <= x < p and 0 <= y < p):
        raise UnknownQuery(f"x and y must be between 0 and {p - 1}; found ({x}, {y}).")
    post, of_pair = network.pair(x, y)
    logits = of_pair.double().cpu().numpy()
    answer = int(answers(network.task)[x, y])
    return PairReading(
        x=x,
        y=y,
        answer=answer,
        logits=logits - logits.mean(),
        parts=_formula_parts(order, coefficients, answer),
        attention=network.pattern[x, y].double().cpu().numpy() if "attention" in network.parts else None,
        top_neurons=_top_neurons(post, network.W_logit, answer, max_neurons) if "W_logit" in network.parts else None,
    )


def _top_neurons(post: Tensor, W_logit: Tensor, answer: int, most: int) -> tuple[tuple[int, float, float], ...]:
    """The neurons with the largest contributions. [neuron], [neuron, z]"""
    contributions = (post * (W_logit[:, answer] - W_logit.mean(dim=1))).double()
    top = torch.topk(contributions.abs(), min(most, len(contributions))).indices.tolist()
    return tuple((n, float(post[n]), float(contributions[n])) for n in top)


def _formula_parts(order: TokenOrder, coefficients: dict[int, float], answer: int) -> dict[int, NDArray[np.float64]]:
    """By k: c_k cos w_k(answer - z), of indices in the token order. [z] each"""
    index = order.index_of(answer)
    if index is None:
        return {}
    parts = {}
    for k, c in coefficients.items():
        parts[k] = np.full(order.p, np.nan)
        parts[k][order.array] = c * np.cos(2 * np.pi / order.q * (k * (index - np.arange(order.q)) % order.q))
    return parts
