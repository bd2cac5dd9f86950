"""Which of the known algorithms a network is near: the clock or the pizza, by three numbers.

A *clock* multiplies waves of x and of y; the logit of the right answer then depends on the answer alone, and the
gradients on the two embeddings are unlike. A *pizza* averages x and y first; the logit depends on the distance of x
and y, and the gradients are alike. Source: Zhong et al. 2023, "The Clock and the Pizza" (arXiv:2306.17844).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

import torch
from torch import Tensor

from engine.metrics.published_triples import LARGEST_P, published_triples
from engine.networks.config import Task
from engine.networks.network import Network
from engine.networks.parts import Part, missing_part
from engine.networks.task import answers

_COMPONENTS = 4


@dataclass(frozen=True)
class Algorithm:
    """Where a network lies between clock and pizza; None where a number is absent, with the reason in `absent`."""

    distance_irrelevance: float | None = None  # 0 for a pizza, 1 for a clock
    gradient_symmetricity: float | None = None  # 1 for a pizza; over the published triples
    gradient_symmetricity_right_answers: float | None = None  # over all pairs with their right answer
    circularity: float | None = None  # 1 if each component is a circle
    absent: Mapping[str, str] = field(default_factory=dict)  # reason by name


def algorithm(network: Network, right_logits: Tensor | None, right_answers: bool = True) -> Algorithm:
    """The numbers of a network in token order; `right_logits` [x, y] are those of the right answers.

    Without `right_logits` the network has no sum directions: then there is no distance of x and y. The mean over all
    right answers takes most of the time; `right_answers=False` skips it.
    """
    found = {
        "distance_irrelevance": _distance_irrelevance(network, right_logits),
        "gradient_symmetricity": _on_triples(network),
        "gradient_symmetricity_right_answers": _on_right_answers(network)
        if right_answers
        else "skipped in the metrics of whole runs",
        "circularity": _circularity(network),
    }
    numbers = {name: value for name, value in found.items() if not isinstance(value, str)}
    return Algorithm(**numbers, absent={name: value for name, value in found.items() if isinstance(value, str)})


# Each number, or the reason why there is none.


def _distance_irrelevance(network: Network, right_logits: Tensor | None) -> float | str:
    if right_logits is None:
        return network.task.no_sum_directions or "there are no sum directions"
    value = distance_irrelevance(right_logits, network.task, torch.finfo(network.dtype).eps)
    return "the logit of the right answer is the same for all pairs" if value is None else value


def _on_triples(network: Network) -> float | str:
    if "gradients" not in network.parts:
        return _needs(network, "gradient symmetricity", "gradients")
    if network.task.p > LARGEST_P:
        return f"the published triples are drawn up to p = {LARGEST_P}; this network has p = {network.task.p}"
    return _unless_overflow(gradient_symmetricity(network))


def _on_right_answers(network: Network) -> float | str:
    if "gradients" not in network.parts:
        return _needs(network, "gradient symmetricity", "gradients")
    return _unless_overflow(gradient_symmetricity_of_right_answers(network))


def _circularity(network: Network) -> float | str:
    if "W_E" not in network.parts:
        return _needs(network, "circularity", "W_E")
    value = circularity(network.W_E)
    return "the embedding is the same for all tokens" if value is None else value


def _needs(network: Network, name: str, part: Part) -> str:
    return str(missing_part(network, part, what=name)).rstrip(".")


def _unless_overflow(value: float) -> float | str:
    return value if isfinite(value) else "a gradient overflows"


def by_distance(values: Tensor, task: Task) -> Tensor:
    """A value per pair with the pairs in columns of one distance: x - y, or x + y for a network that subtracts.

    Column d holds the p pairs (x, y) with that distance modulo p, one in each row x. [x, y] -> [x, d]
    """
    token = torch.arange(task.p, device=values.device)
    return values.gather(1, task.sign * (token[:, None] - token) % task.p)


def distance_irrelevance(right_logits: Tensor, task: Task, epsilon: float = 2.2e-16) -> float | None:
    """How little the logit of the right answer depends on the distance of x and y, from 0 to 1. [x, y]

    The mean over distances x - y of the standard deviation of the p logits with that distance, over the standard
    deviation of all; population deviations. For a network that subtracts the distance is x + y. None if the logits are
    equal within `epsilon`, the rounding of a logit of size 1.

    For odd p this is the published table `oo[(x + y) mod p, (x - y) mod p]`, mean over columns of the deviation down a
    column (Zhong et al. 2023). For even p half of that table would be empty, as a
    distance has answers of its parity only; the p pairs of a distance are taken alone.
    """
    logits = by_distance(right_logits.double(), task)
    spread = logits.std(correction=0).item()
    if not spread > 16 * epsilon * logits.abs().max().item():
        return None
    return logits.std(dim=0, correction=0).mean().item() / spread


def gradient_symmetricity(network: Network) -> float:
    """How alike the gradients of a logit on the two embeddings are, over the published triples (x, y, answer).

    The mean cosine of d logit / d embedding of x and d logit / d embedding of y, before W_pos; 0 where a gradient is
    zero. The 100 triples are those of `published_triples` (Zhong et al. 2023).

    Raises:
        MissingPart: the network has no part "gradients".
    """
    triples = torch.from_numpy(published_triples(network.task.p)).to(network.device)
    return cosines(*network.answer_gradients(*triples.unbind(dim=1))).mean().item()


def gradient_symmetricity_of_right_answers(network: Network) -> float:
    """The mean of the same cosine over all p^2 pairs, each with its right answer.

    Raises:
        MissingPart: the network has no part "gradients".
    """
    return right_answer_cosines(network).mean().item()


def right_answer_cosines(network: Network) -> Tensor:
    """The cosine of the two gradients of the right answer's logit, for each pair. [x, y]"""
    right = answers(network.task, network.device)
    return torch.cat([cosines(*network.row_gradients(x, right[x])) for x in network.slabs()])


def cosines(d_x: Tensor, d_y: Tensor) -> Tensor:
    """The cosine of two gradients for each pair, in float64; 0 where one is zero. [..., d_model] each -> [...]"""
    d_x, d_y = d_x.double(), d_y.double()
    norms = torch.linalg.vector_norm(d_x, dim=-1) * torch.linalg.vector_norm(d_y, dim=-1)
    return torch.where(norms == 0, 0.0, (d_x * d_y).sum(dim=-1) / norms)


def circularity(W_E: Tensor) -> float | None:
    """How near to a circle the first principal components of the embedding are, from 0 to 1; None if it is constant.

    For each of the first 4 principal components v of W_E over tokens, the largest share of one frequency:
    `max_k min(1, 2 |sum_t v_t e^(i w_k t)|^2 / (p ||v||^2))`, k = 1 .. p-1. Their mean (Zhong et al. 2023).
    A narrower embedding has fewer components.

    [token, d_model]
    """
    W = W_E.double()
    p = len(W)
    centred = W - W.mean(dim=0)
    energies, components = torch.linalg.eigh(centred @ centred.T)  # ascending; [token, component]
    epsilon = torch.finfo(W_E.dtype).eps
    if not energies[-1] > p * (8 * epsilon) ** 2 * W.square().sum():
        return None
    first = components[:, -_COMPONENTS:][:, energies[-_COMPONENTS:] > 1e-12 * energies[-1]]  # unit vectors
    on_waves = torch.fft.fft(first, dim=0)[1:].abs().square() * 2 / p  # [k, component]
    return float(on_waves.clamp(max=1).amax(dim=0).mean())
