"""Sums over the logits do not depend on the slabs, and projections on the sum directions match the oracle."""

from __future__ import annotations

import torch

from engine.metrics.logit_formula import logit_formula
from engine.metrics.logit_sums import read_logits
from engine.metrics.trig_fraction import trig_fraction_of_logits
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import sums_of


def test_sums_do_not_depend_on_the_slabs(model) -> None:
    logits, operation = model[1].logits, model[0].config.operation
    in_one_slab = read_logits([(slice(0, len(logits)), logits)], model[0].config.task).sums()
    for found in (sums_of(logits, operation), in_one_slab):
        torch.testing.assert_close(found.mean, logits.mean(dim=(0, 1)))
        torch.testing.assert_close(found.squares, (logits - logits.mean(dim=(0, 1))).square().sum(dim=(0, 1)))
        assert found.varies.all()


def test_coefficients_match_projections_over_all_pairs(model) -> None:
    logits, sign = model[1].logits, model[1].sign
    p = len(logits)
    keys = range(1, p // 2 + 1)
    found = sums_of(logits, model[0].config.operation).coefficients(keys)
    for k in keys:
        for part, direction in enumerate(plain.sum_directions(p, k, sign)):
            torch.testing.assert_close(found[k - 1, part], (logits * direction[..., None]).sum(dim=(0, 1)))
    if p % 2 == 0:
        assert found[-1, 1].tolist() == [0] * p  # p/2 has no sine


def test_constant_logits_have_no_fractions() -> None:
    sums = sums_of(torch.full((5, 5, 5), 0.1))
    assert not sums.varies.any()
    assert trig_fraction_of_logits(sums, [1]) is None
    assert logit_formula(sums, [1])[1] is None
