import math

import pytest
import torch

from engine.metrics.algorithm_pictures import by_answer_and_distance, doubling, right_logits
from engine.metrics.logit_sums import read_logits
from engine.networks.config import Task
from tests.engine.clock_and_pizza import clock, pizza


@pytest.mark.parametrize("p", [7, 12])
@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_pairs_are_placed_by_answer_and_distance(p, operation, sign) -> None:
    values = torch.randn(p, p, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    groups: dict[tuple[int, int], list[float]] = {}
    for x in range(p):
        for y in range(p):
            groups.setdefault(((x + sign * y) % p, (x - sign * y) % p), []).append(values[x, y].item())
    found = by_answer_and_distance(values, Task(p, operation))
    for s in range(p):
        for d in range(p):
            group = groups.get((s, d))
            if group is None:
                assert math.isnan(found[s, d])
            else:
                assert found[s, d].item() == pytest.approx(sum(group) / len(group))


def test_the_right_logits_of_a_pizza_depend_on_the_distance() -> None:
    placed = by_answer_and_distance(right_logits(pizza(11, (2,))), Task(11, "add"))
    distance = torch.arange(11, dtype=torch.float64)
    expected = 4 * torch.cos(2 * math.pi / 11 * distance) ** 2  # 4 cos^2(w_2 d / 2)
    torch.testing.assert_close(placed, expected.expand(11, 11))


def test_a_clock_has_its_logits_at_the_frequency_of_its_embedding() -> None:
    network = clock(11, (2,))
    (found,) = doubling(network.W_E, read_logits(network.logit_slabs(), network.task).sums())
    assert (found.frequency, found.double) == (2, 4)
    assert (found.embedding, found.logits) == (pytest.approx(1), pytest.approx(1))
    assert found.logits_double == pytest.approx(0, abs=1e-12)
