from __future__ import annotations

import pytest
import torch

from engine.metrics.commutativity import commutativity
from engine.networks.config import Task
from tests.engine.clock_and_pizza import pizza


@pytest.mark.parametrize("p", [7, 12])
@pytest.mark.parametrize("operation", ["add", "x^2+y^2"])
def test_it_is_its_definition(p, operation) -> None:
    logits = torch.randn(p, p, p, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 3
    mean, total, difference = logits.mean(dim=(0, 1)), 0.0, 0.0
    for x in range(p):
        for y in range(p):
            total += (logits[x, y] - mean).square().sum().item()
            difference += (logits[x, y] - logits[y, x]).square().sum().item()
    assert commutativity(logits, Task(p, operation)) == pytest.approx((difference / total) ** 0.5, rel=1e-10)


@pytest.mark.parametrize("p", [7, 12])
def test_a_network_that_subtracts_is_compared_at_the_pair_with_the_same_answer(p) -> None:
    logits = torch.randn(p, p, p, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    minus = -torch.arange(p) % p
    of_minus_y = logits[:, minus]  # the network that adds, fed -y
    assert commutativity(of_minus_y, Task(p, "subtract")) == pytest.approx(commutativity(logits, Task(p, "add")))


def test_a_pizza_commutes_and_equal_logits_have_no_number() -> None:
    network = pizza(11, (2, 5))
    assert commutativity(network.all_logits(), network.task) == pytest.approx(0, abs=1e-7)
    assert commutativity(torch.full((5, 5, 5), 0.3), Task(5, "add")) is None
