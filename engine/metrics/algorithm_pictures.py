"""What is behind the numbers of `algorithm`: the right answer's logit by answer and distance, and the doubling test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.metrics.energy_frequencies import FrequencyEnergy, embedding_frequencies, logit_energies
from engine.metrics.logit_sums import LogitSums
from engine.networks.config import Task
from engine.networks.network import Network
from engine.networks.task import answers


@dataclass(frozen=True)
class Doubling:
    """A frequency of the embedding, and the share of the logits' energy at it and at its double."""

    frequency: int  # k
    embedding: float  # share of the energy of the embedding
    double: int | None  # 2k, as a frequency from 1 to p/2; None if 2k is a multiple of p
    logits: float  # share of the energy of the logits at k
    logits_double: float | None  # at 2k


def right_logits(network: Network) -> Tensor:
    """The logit of each pair's right answer, in float64. [x, y]"""
    right = answers(network.task, network.device)
    return torch.cat([logits.gather(-1, right[x][..., None])[..., 0] for x, logits in network.logit_slabs()]).double()


def by_answer_and_distance(values: Tensor, task: Task) -> Tensor:
    """A value per pair at its answer x + y and its distance x - y; x - y and x + y for a network that subtracts.

    For odd p each place has one pair. For even p it has the mean of two, or none (NaN) where answer and distance differ
    in parity.

    [x, y] -> [answer, distance]
    """
    p, sign = task.p, task.sign
    x = torch.arange(p, device=values.device)[:, None]
    y = x.T
    place = ((x + sign * y) % p * p + (x - sign * y) % p).flatten()
    total = values.new_zeros(p * p).index_add_(0, place, values.flatten())
    count = values.new_zeros(p * p).index_add_(0, place, torch.ones_like(values.flatten()))
    return (total / count).reshape(p, p)  # 0 / 0 is NaN


def doubling(W_E: Tensor, sums: LogitSums) -> Sequence[Doubling]:
    """For each embedding frequency k, the energy of the logits at k and at 2k."""
    p, energies = sums.p, logit_energies(sums).tolist()
    return tuple(_doubling(found, p, energies) for found in embedding_frequencies(W_E))


def _doubling(found: FrequencyEnergy, p: int, energies: Sequence[float]) -> Doubling:
    k = found.frequency
    double = min(2 * k % p, -2 * k % p) or None
    at_double = None if double is None else energies[double - 1]
    return Doubling(k, found.energy, double, energies[k - 1], at_double)
