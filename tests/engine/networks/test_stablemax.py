"""Stablemax against its definition, and its derivative against the closed form."""

from __future__ import annotations

import math

import pytest
import torch

from engine.networks.pair_step.cross_entropy import CrossEntropy
from engine.networks.pair_step.kernels import Kernels
from engine.networks.stablemax import log_s

VALUES = [-1e6, -30.0, -1.0, -1e-9, 0.0, 1e-9, 0.5, 1.0, 40.0, 1e6]


def s(logit: float) -> float:
    """s(x) = x + 1 for x >= 0, and 1 / (1 - x) for x < 0."""
    return logit + 1 if logit >= 0 else 1 / (1 - logit)


def plain_loss(logits: list[float], answer: int) -> float:
    """-log(s(l_answer) / sum_z s(l_z))."""
    return -math.log(s(logits[answer]) / math.fsum(map(s, logits)))


def test_its_logarithm_is_that_of_the_definition() -> None:
    found = log_s(torch.tensor(VALUES, dtype=torch.float64))
    assert found.tolist() == pytest.approx([math.log(s(value)) for value in VALUES], rel=1e-12, abs=1e-16)


def test_its_derivative_is_one_over_one_plus_the_size_of_the_logit() -> None:
    logits = torch.tensor(VALUES, dtype=torch.float64, requires_grad=True)
    log_s(logits).sum().backward()
    assert logits.grad is not None
    assert logits.grad.tolist() == pytest.approx([1 / (1 + abs(value)) for value in VALUES], rel=1e-15)


@pytest.mark.parametrize("n_runs", [1, 3])
def test_the_loss_and_its_gradient_without_autograd(n_runs: int) -> None:
    """The loss against the definition; d loss / d l_z = (stablemax(l)_z - [z = answer]) / (n (1 + |l_z|))."""
    generator = torch.Generator().manual_seed(0)
    logits = 20 * torch.randn(n_runs, 5, 7, generator=generator, dtype=torch.float64)
    answers = torch.randint(7, (n_runs, 5), generator=generator)
    counts = [5, 3, 4][:n_runs]  # a batch may be padded
    forward, backward = Kernels(), Kernels()
    cross_entropy = CrossEntropy(forward, logits, answers, counts, "stablemax")
    gradient = cross_entropy.differentiate(backward)
    for _ in range(2):  # as at every step
        forward.run()
        backward.run()
    for run, count in enumerate(counts):
        rows = list(zip(logits[run, :count].tolist(), answers[run, :count].tolist(), strict=True))
        expected = math.fsum(plain_loss(row, answer) for row, answer in rows) / count
        assert cross_entropy.loss[run].item() == pytest.approx(expected, rel=1e-13)
        for index, (row, answer) in enumerate(rows):
            total = math.fsum(map(s, row))
            closed = [(s(logit) / total - (z == answer)) / (count * (1 + abs(logit))) for z, logit in enumerate(row)]
            assert gradient[run, index].tolist() == pytest.approx(closed, rel=1e-11, abs=1e-17)
        assert not gradient[run, count:].any()


def test_float32_does_not_round_its_loss_to_zero() -> None:
    """A margin of 200 nats: the softmax has collapsed, the stablemax has not."""
    logits = torch.tensor([200.0, 0.0], dtype=torch.float32)
    assert logits.log_softmax(0)[0].item() == 0.0
    assert -log_s(logits).log_softmax(0)[0].item() == pytest.approx(math.log(202 / 201), rel=1e-3)
