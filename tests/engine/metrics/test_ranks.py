from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from engine import Explorer, open_run
from engine.metrics.ranks import ranks, ranks_of, singular_values
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from tests.engine.clock_and_pizza import clock

DEMO = Path(__file__).parents[3] / "grok_tui" / "demo"


def test_every_matrix_and_head_has_the_ranks_of_its_singular_values(random_weights) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
    weights = random_weights(config, dtype=torch.float64)
    network = fold(weights, config)
    found, values = ranks(weights, network), singular_values(weights, network)
    heads = [f"W_{name}[{head}]" for name in "QKVO" for head in range(2)]
    assert set(found) == {"W_logit", "W_E", "W_pos", *heads, "W_in", "W_out", "W_U"}
    expected = {"W_E": weights.W_E, "W_Q[1]": weights.W_Q[1], "W_logit": weights.W_out @ weights.W_U[:, :7]}
    for name, matrix in expected.items():
        s = torch.linalg.svdvals(matrix)
        torch.testing.assert_close(values[name], s, atol=1e-7, rtol=1e-7)
        share = s / s.sum()
        entropy = -sum(one * math.log(one) for one in share.tolist() if one > 0)
        assert found[name].effective_rank == pytest.approx(math.exp(entropy), rel=1e-6)
        ratio = s.square().sum() ** 2 / s.pow(4).sum()
        assert found[name].participation_ratio == pytest.approx(ratio.item(), rel=1e-9)


def test_known_ranks() -> None:
    for count in (1, 4):
        found = ranks_of(torch.tensor([3.0] * count + [0.0] * 5))
        assert found.effective_rank == pytest.approx(count)
        assert found.participation_ratio == pytest.approx(count)
    assert ranks_of(torch.zeros(3)) == ranks_of(torch.zeros(1))
    assert ranks_of(torch.zeros(3)).effective_rank is None


def test_the_readout_of_a_clock_of_one_frequency_has_two_directions() -> None:
    W_logit = clock(11, (2,)).W_logit
    found = ranks_of(torch.linalg.svdvals(W_logit))
    assert found.effective_rank == pytest.approx(2)


def test_the_bundled_run() -> None:
    explorer = Explorer(open_run(DEMO))
    found = ranks(explorer.weights(40_000), explorer.network(40_000))["W_logit"]
    assert (found.effective_rank, found.participation_ratio) == pytest.approx((10.1, 9.8), abs=0.05)
