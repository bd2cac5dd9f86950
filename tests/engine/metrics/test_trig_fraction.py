"""Trig fractions against the oracle."""

from __future__ import annotations

import pytest
import torch

from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.trig_fraction import on_sum_directions, trig_fraction_of_logits, trig_fraction_of_neurons
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import KEYS_OF, sums_of


def test_trig_fractions_match_the_oracle(model) -> None:
    folded, expected = model
    keys, operation = KEYS_OF[len(model[1].logits)], folded.config.operation
    logits = expected.logits
    on = plain.fraction_on(plain.on_sum_directions(logits, keys, expected.sign), logits)
    assert trig_fraction_of_logits(sums_of(logits, operation), keys) == pytest.approx(on)
    for stage in ("pre", "post"):
        values = getattr(expected, stage)
        on = plain.fraction_on(plain.on_sum_directions(values, keys, expected.sign), values)
        spectra = compute_spectra(folded, stage).spectra
        coefficients = on_sum_directions(
            spectra.blocks[[k - 1 for k in keys]], keys, folded.config.p, folded.config.task.sign
        )
        assert trig_fraction_of_neurons(coefficients, spectra.energy, spectra.varies) == pytest.approx(on)
        if stage == "pre":
            sums = compute_spectra(folded, pre_keys=keys).pre_sums
            assert sums is not None
            assert trig_fraction_of_neurons(sums.coefficients, sums.energy, sums.varies) == pytest.approx(on)


@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_logits_that_are_sums_of_the_key_cosines_have_fraction_one(operation, sign) -> None:
    t = torch.arange(11, dtype=torch.float64)
    phase = t[:, None, None] + sign * t[None, :, None] - t[None, None, :]
    logits = sum(c * torch.cos(2 * torch.pi * k * phase / 11) for k, c in ((2, 3.0), (5, 1.5)))
    assert trig_fraction_of_logits(sums_of(logits, operation), [2, 5]) == pytest.approx(1.0)
