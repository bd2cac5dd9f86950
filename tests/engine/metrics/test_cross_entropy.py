"""Cross-entropy against decimals of 60 digits: losses of any size keep the digits of float64."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

import pytest
import torch

from engine.metrics.cross_entropy import cross_entropy
from engine.metrics.excluded_loss import excluded_losses
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import halves, sums_of


def exact_cross_entropy(logits: Sequence[float], right: int) -> float:
    """`ln(1 + sum over wrong z of e^(l_z - l_right))` of the same floats, in decimals."""
    with localcontext() as context:
        context.prec = 60
        relative = [Decimal(logit) - Decimal(logits[right]) for logit in logits]
        odds = sum((value.exp() for z, value in enumerate(relative) if z != right), start=Decimal(0))
        if odds < Decimal(10) ** -40:
            return float(odds - odds**2 / 2)  # ln(1 + u) to 80 digits; 1 + u would round u away
        return float((1 + odds).ln())


@pytest.mark.parametrize("margin", [-5000, -800, -709, -1, 0, 1e-9, 1, 30, 46, 300, 700])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_loss_of_any_size_keeps_its_digits(margin, dtype) -> None:
    logits = torch.randn(4, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    right = torch.tensor([0, 3, 6, 3])
    logits[torch.arange(4), right] += margin
    logits = logits.to(dtype)
    exact = [exact_cross_entropy(row, z) for row, z in zip(logits.tolist(), right.tolist(), strict=True)]
    found = cross_entropy(logits, right)
    assert found.dtype == torch.float64
    assert found.tolist() == pytest.approx(exact, rel=1e-12, abs=0)


def test_losses_of_1e_minus_20_and_of_800_nats_side_by_side() -> None:
    logits = torch.tensor([[50.0, 0, 4], [0, 800, 3], [2, 1, 1]], dtype=torch.float64)
    right = torch.zeros(3, dtype=torch.int64)
    exact = [exact_cross_entropy(row, 0) for row in logits.tolist()]
    assert exact[0] < 2e-20
    assert exact[1] == 800
    assert cross_entropy(logits, right).tolist() == pytest.approx(exact, rel=1e-13, abs=0)


def test_the_right_answers_are_broadcast_and_the_logits_unchanged() -> None:
    logits = torch.randn(3, 5, 5, generator=torch.Generator().manual_seed(0))
    before, right = logits.clone(), torch.arange(5)
    found = cross_entropy(logits, right)
    assert torch.equal(logits, before)
    for x in range(3):
        assert found[x].tolist() == cross_entropy(logits[x], right).tolist()


def test_a_certain_answer_has_loss_zero_and_an_undefined_logit_an_undefined_loss() -> None:
    certain = torch.tensor([[2000.0, 0, 0], [2000.0, 0, 0]])
    assert cross_entropy(certain, torch.tensor([0, 1])).tolist() == [0, 2000]
    assert cross_entropy(torch.tensor([[torch.nan, 0, 0]]), torch.tensor([1])).isnan().all()


@pytest.mark.parametrize("scale", [3.0, 12.0, 60.0])
def test_excluded_losses_keep_their_digits(scale) -> None:
    """Also where the part to remove is large, and where the exponentials of both factors together would overflow."""
    p, removal = 7, [2]
    t = torch.arange(p, dtype=torch.float64)
    phase = 2 * torch.pi / p * (t[:, None, None] + t[:, None] - t)  # [x, y, z]
    logits = scale * (3 * torch.cos(phase) + 2 * torch.cos(2 * phase) + 3 * torch.cos(3 * phase))
    without = logits - plain.on_sum_directions(logits, removal)
    exact = [exact_cross_entropy(without[x, y].tolist(), (x + y) % p) for x in range(p) for y in range(p)]
    (found,) = excluded_losses(halves(logits), sums_of(logits), [removal], None)
    assert found.all == pytest.approx(sum(exact) / p**2, rel=1e-10, abs=0)
