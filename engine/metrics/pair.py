"""One pair (x, y): the network's logits, attention and neurons, and the prediction of the logit formula."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from engine.errors import UnknownQuery
from engine.networks.folded import Folded
from engine.networks.task import answers


@dataclass(frozen=True, eq=False)
class PairReading:
    """The logits of one pair and the formula `sum_k c_k cos w_k(answer - z)`, each minus its mean over z."""

    x: int
    y: int
    answer: int  # (x + y) mod p or (x - y) mod p
    logits: NDArray[np.float64]  # [z], minus their mean over z
    parts: dict[int, NDArray[np.float64]]  # by k: c_k cos w_k(answer - z). [z]
    attention: NDArray[np.float64]  # [head, position]
    top_neurons: tuple[tuple[int, float, float], ...]  # (neuron, activation, contribution to the answer's logit)

    @property
    def formula(self) -> NDArray[np.float64]:
        """The sum of the parts of all key frequencies. [z]"""
        return np.sum(list(self.parts.values()), axis=0) if self.parts else np.zeros_like(self.logits)

    @property
    def winner(self) -> int:
        """The answer with the largest logit."""
        return int(self.logits.argmax())

    @property
    def margin(self) -> float:
        """The largest logit minus the second largest."""
        second, largest = np.sort(self.logits)[-2:]
        return float(largest - second)


def read_pair(folded: Folded, coefficients: dict[int, float], x: int, y: int, max_neurons: int = 10) -> PairReading:
    """Run one pair; `coefficients` are the c_k of `logit_formula`.

    A neuron's contribution is its activation times (its weight to the answer's logit - its mean weight over z).

    Raises:
        UnknownQuery: x or y is not an integer from 0 to p - 1.
    """
    p = folded.config.p
    if not (0 <= x < p and 0 <= y < p):
        raise UnknownQuery(f"x and y must be between 0 and {p - 1}; found ({x}, {y}).")
    post = folded.post_rows(slice(x, x + 1))[:, y : y + 1]  # [1, 1, neuron]
    direct = folded.to_direct.rows(slice(x, x + 1))[0, y]
    logits = (direct + post[0, 0] @ folded.W_logit).double().cpu().numpy()
    z = np.arange(p)
    answer = int(answers(folded.config.task)[x, y])
    contributions = (post[0, 0] * (folded.W_logit[:, answer] - folded.W_logit.mean(dim=1))).double()
    top = torch.topk(contributions.abs(), min(max_neurons, len(contributions))).indices.tolist()
    return PairReading(
        x=x,
        y=y,
        answer=answer,
        logits=logits - logits.mean(),
        parts={k: c * np.cos(2 * np.pi / p * (k * (answer - z) % p)) for k, c in coefficients.items()},
        attention=folded.pattern[x, y].double().cpu().numpy(),
        top_neurons=tuple((n, float(post[0, 0, n]), float(contributions[n])) for n in top),
    )
