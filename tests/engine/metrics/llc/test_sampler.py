"""The chains: their update against its definition, and known coefficients within the sampling error."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
import torch

from engine.metrics.llc.estimate import Llc
from engine.metrics.llc.sampler import draw_chains
from engine.metrics.llc.settings import LlcSettings
from tests.engine.metrics.llc.functions import KNOWN, batch_loss, posterior_mean


def uneven(w: torch.Tensor) -> torch.Tensor:
    return (w[:, 0] - 1) ** 2 * w[:, 1] ** 2 + torch.cos(w[:, 2]) + w[:, 1]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_step_is_its_definition(dtype) -> None:
    settings = LlcSettings(chains=3, draws=5, burn_in=4, step_size=0.02, gamma=3.0, nbeta=7.0, seed=11)
    w_star = torch.tensor([0.5, -1.0, 2.0], dtype=dtype)
    traces = draw_chains(batch_loss(uneven), w_star, 7.0, settings)
    start = w_star.double().numpy()
    for chain in range(3):
        words = np.random.SeedSequence([11, chain]).generate_state(1, np.uint64)
        generator = torch.Generator().manual_seed(int(words[0]) >> 1)
        w = start.copy()
        for step in range(9):
            a, b, c = w
            gradient = np.array([2 * (a - 1) * b**2, 2 * (a - 1) ** 2 * b + 1, -np.sin(c)])
            normal = torch.randn(3, generator=generator, dtype=dtype).double().numpy()
            w = w - 0.02 / 2 * (7.0 * gradient + 3.0 * (w - start)) + sqrt(0.02) * normal
            loss = (w[0] - 1) ** 2 * w[1] ** 2 + np.cos(w[2]) + w[1]
            found = [getattr(traces, name)[chain, step] for name in ("loss", "distance", "gradient_norm", "noise_norm")]
            descent, noise = 0.02 / 2 * 7.0 * gradient, sqrt(0.02) * normal
            expected = [loss, *(np.linalg.norm(vector) for vector in (w - start, descent, noise))]
            assert found == pytest.approx(expected, rel=1e-12 if dtype == torch.float64 else 1e-4)
    a, b, c = start
    assert traces.loss_at_start == pytest.approx((a - 1) ** 2 * b**2 + np.cos(c) + b, rel=1e-6)
    expected_gradient = [2 * (a - 1) * b**2, 2 * (a - 1) ** 2 * b + 1, -np.sin(c)]
    assert traces.gradient_at_start == pytest.approx(np.linalg.norm(expected_gradient), rel=1e-6)


# A step of SGLD overestimates by about eps nbeta curvature / 8: less than the sampling error here.
_SETTINGS = {
    "regular": LlcSettings(chains=16, draws=1500, burn_in=200, step_size=2e-5, gamma=1.0, nbeta=1000.0),
    "w^4": LlcSettings(chains=32, draws=1500, burn_in=200, step_size=1e-4, gamma=1.0, nbeta=1000.0),
    "one of two": LlcSettings(chains=32, draws=1500, burn_in=200, step_size=2e-5, gamma=1.0, nbeta=1000.0),
    "w1^2 w2^2": LlcSettings(chains=64, draws=2000, burn_in=1000, step_size=2e-4, gamma=10.0, nbeta=1000.0),
    "w1^2 w2^4": LlcSettings(chains=64, draws=2000, burn_in=1000, step_size=2e-4, gamma=10.0, nbeta=1000.0),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_coefficients_are_estimated_within_the_sampling_error(name) -> None:
    known, settings = KNOWN[name], _SETTINGS[name]
    w_star = torch.zeros(known.n_parameters, dtype=torch.float64)
    found = Llc(settings, 1000.0, 3, len(w_star), draw_chains(batch_loss(known.function), w_star, 1000.0, settings))
    expected = known.coefficient * 1000 / 1001 if name == "regular" else posterior_mean(known, 1000.0, settings.gamma)
    assert found.value is not None
    assert found.standard_error is not None
    assert found.standard_error < 0.1 * known.coefficient  # the test can tell 1/4 from 1/2
    assert abs(found.value - expected) < 4 * found.standard_error
    if known.multiplicity == 1 and name != "w1^2 w2^4":  # whose posterior mean is still far from its limit
        assert abs(found.value - known.coefficient) < 4 * found.standard_error
    assert found.diverged == (None,) * settings.chains


@pytest.mark.parametrize("name", ["w^4", "one of two", "w1^2 w2^2", "w1^2 w2^4"])
def test_the_posterior_mean_of_these_tests_tends_to_the_known_coefficient(name) -> None:
    known = KNOWN[name]
    errors = []
    for nbeta in (1e4, 1e8, 1e12):
        limit = known.coefficient - (known.multiplicity - 1) / log(nbeta)
        errors.append(abs(posterior_mean(known, nbeta, 1.0) - limit))
    assert errors[2] <= errors[0]
    assert errors[2] < 0.02


def test_a_chain_does_not_depend_on_the_others_but_on_the_seed() -> None:
    def losses(**changes: int) -> np.ndarray:
        settings = LlcSettings(**{"chains": 3, "draws": 6, "burn_in": 2, **changes}, step_size=0.01, gamma=1.0)
        return draw_chains(batch_loss(uneven), torch.ones(3, dtype=torch.float64), 5.0, settings).loss

    three = losses()
    assert np.array_equal(three, losses())
    assert np.array_equal(three[:1], losses(chains=1))
    assert not np.isclose(three, losses(seed=1)).any()
    assert not np.isclose(three[0], three[1]).any()


def test_an_error_of_the_callback_stops_the_chains() -> None:
    steps = []

    def stop_at_third() -> None:
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_chains(batch_loss(uneven), torch.ones(3), 5.0, LlcSettings(draws=50), stop_at_third)
    assert len(steps) == 3
    assert torch.tensor(2.0**-140) * 1 != 0  # denormals are numbers again


def test_steps_that_are_too_large_end_when_all_chains_have_diverged() -> None:
    settings = LlcSettings(chains=2, draws=400, burn_in=0, step_size=0.5, gamma=1.0)
    known = KNOWN["w^4"]
    steps = []
    traces = draw_chains(batch_loss(known.function), torch.ones(1), 1e6, settings, lambda: steps.append(1))
    assert len(steps) < 400
    assert np.isnan(traces.loss[:, -1]).all()
    found = Llc(settings, 1e6, 3, 1, traces)
    assert (found.value, found.standard_error) == (None, None)
    assert found.notes[-1] == "all chains diverged; pass a smaller --step-size or a larger --gamma"
