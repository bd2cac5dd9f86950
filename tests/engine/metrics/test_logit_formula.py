"""The logit formula is the least-squares fit of its cosines."""

from __future__ import annotations

import pytest
import torch

from engine.metrics.logit_formula import logit_formula
from tests.engine.metrics.slabs import KEYS_OF, sums_of


def test_the_logit_formula_is_a_least_squares_fit(model) -> None:
    folded, expected = model
    logits, keys = expected.logits, KEYS_OF[len(model[1].logits)]
    p = len(logits)
    t = torch.arange(p)
    phase = (t[:, None, None] + expected.sign * t[None, :, None] - t[None, None, :]).double()
    design = torch.stack([torch.cos(2 * torch.pi * k * phase / p).flatten() for k in keys], dim=1)
    centred = (logits - logits.mean()).flatten()
    solution = torch.linalg.lstsq(design, centred[:, None]).solution[:, 0]
    explained = 1 - (centred - design @ solution).square().sum() / centred.square().sum()
    coefficients, fve = logit_formula(sums_of(logits, folded.config.operation), keys)
    assert list(coefficients.values()) == pytest.approx(solution.tolist())
    assert fve == pytest.approx(explained.item())


@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_the_logit_formula_explains_its_own_logits(operation, sign) -> None:
    p, amplitudes = 11, {2: 3.0, 5: 1.5}
    t = torch.arange(p, dtype=torch.float64)
    phase = t[:, None, None] + sign * t[None, :, None] - t[None, None, :]
    logits = sum(c * torch.cos(2 * torch.pi * k * phase / p) for k, c in amplitudes.items())
    coefficients, fve = logit_formula(sums_of(logits, operation), [2, 5])
    assert coefficients == pytest.approx(amplitudes)
    assert fve == pytest.approx(1.0)
