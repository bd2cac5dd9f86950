from __future__ import annotations

import numpy as np
import pytest

from engine.metrics.llc.estimate import Llc
from engine.metrics.llc.sampler import Traces
from engine.metrics.llc.settings import LlcSettings
from engine.metrics.llc.stored import from_bytes, to_bytes


@pytest.fixture
def estimate() -> Llc:
    settings = LlcSettings(chains=2, draws=3, burn_in=1, step_size=1e-3, nbeta=0.1 + 0.2)
    arrays = [np.random.default_rng(seed).random((2, 4)) for seed in range(4)]
    arrays[0][1, 2:] = np.nan
    return Llc(settings, 0.1 + 0.2, 20, 5, Traces(1 / 3, 1e-300, *arrays))


def test_an_estimate_is_read_as_it_was_stored(estimate) -> None:
    found = from_bytes(to_bytes(estimate))
    assert found is not None
    assert (found.settings, found.nbeta, found.n_train, found.n_parameters) == (estimate.settings, 0.1 + 0.2, 20, 5)
    for name in ("loss", "distance", "gradient_norm", "noise_norm"):
        assert np.array_equal(getattr(found.traces, name), getattr(estimate.traces, name), equal_nan=True)
    assert (found.traces.loss_at_start, found.traces.gradient_at_start) == (1 / 3, 1e-300)
    assert (found.value, found.notes) == (estimate.value, estimate.notes)


@pytest.mark.parametrize("damage", [lambda it: b"", lambda it: it[:60], lambda it: b"x" * 500, lambda it: it[:-30]])
def test_a_damaged_file_is_no_estimate(estimate, damage) -> None:
    assert from_bytes(damage(to_bytes(estimate))) is None
