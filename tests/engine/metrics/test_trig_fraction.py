"""Trig fractions against the oracle."""

from __future__ import annotations

import pytest
import torch

from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.trig_fraction import trig_fraction_of_logits, trig_fraction_of_neurons
from tests.engine.metrics import plain_metrics as plain
from tests.engine.metrics.slabs import KEYS_OF, sums_of


def test_trig_fractions_match_the_oracle(model) -> None:
    folded, expected = model
    keys, operation = KEYS_OF[len(model[1].logits)], folded.config.operation
    logits = expected.logits
    on = plain.fraction_on(plain.on_sum_directions(logits, keys, expected.sign), logits)
    assert trig_fraction_of_logits(sums_of(logits, operation), keys) == pytest.approx(on)
    in_pass = compute_spectra(folded, with_pre=True)
    for stage, together in (("pre", in_pass.pre), ("post", in_pass.spectra)):
        assert together is not None
        values = getattr(expected, stage)
        on = plain.fraction_on(plain.on_sum_directions(values, keys, expected.sign), values)
        for spectra in (compute_spectra(folded, stage).spectra, together):
            assert trig_fraction_of_neurons(spectra, keys, folded.config.task) == pytest.approx(on)


@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_logits_that_are_sums_of_the_key_cosines_have_fraction_one(operation, sign) -> None:
    t = torch.arange(11, dtype=torch.float64)
    phase = t[:, None, None] + sign * t[None, :, None] - t[None, None, :]
    logits = sum(c * torch.cos(2 * torch.pi * k * phase / 11) for k, c in ((2, 3.0), (5, 1.5)))
    assert trig_fraction_of_logits(sums_of(logits, operation), [2, 5]) == pytest.approx(1.0)
