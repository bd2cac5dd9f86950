"""Clock or pizza: each number against its definition, on networks that are one or the other, and on published ones."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from engine import Explorer, open_run, report, report_json
from engine.metrics.algorithm import (
    algorithm,
    circularity,
    distance_irrelevance,
    gradient_symmetricity,
    gradient_symmetricity_of_right_answers,
    right_answer_cosines,
)
from engine.networks.config import ModelConfig, Task
from engine.networks.folded import fold
from engine.networks.mlp import build_mlp
from engine.networks.network import Network
from tests.engine.bare_network import BareConfig, bare_network
from tests.engine.clock_and_pizza import clock, pizza, waves
from tests.engine.networks import test_mlp
from tests.engine.networks.plain_model import plain_forward

KEYS = (2, 5)
DEMO = Path(__file__).parents[3] / "grok_tui" / "demo"


def right_logits(network: Network, sign: int = 1) -> Tensor:
    logits = torch.cat([logits for _, logits in network.logit_slabs()])
    x = torch.arange(len(logits))
    return logits.gather(-1, ((x[:, None] + sign * x) % len(x))[..., None])[..., 0]


# Plain definitions ---------------------------------------------------------------------------------------------------


def plain_irrelevance(right: Tensor) -> float:
    """By the published table, which needs an odd p."""
    p = len(right)
    oo = torch.zeros(p, p, dtype=torch.float64)
    for x in range(p):
        for y in range(p):
            oo[(x + y) % p, (x - y) % p] = right[x, y]
    return (oo.std(dim=0, correction=0).mean() / oo.std(correction=0)).item()


def plain_cosine(weights, config, x: int, y: int, z: int) -> float:
    """With two tables of embeddings, one for each of x and y, which hold the same numbers."""
    tables = [weights.W_E.clone().requires_grad_() for _ in "xy"]
    doubled = replace(weights, W_E=torch.cat([tables[0][: config.p], tables[1]]))
    prompt = replace(config.prompt, slots=("x", "y", 2 * config.p), y_offset=config.p)
    of_two = replace(config, prompt=prompt, d_vocab=2 * config.p + 1)
    plain_forward(doubled, of_two).logits[x, y, z].backward()
    d_x, d_y = tables[0].grad[x], tables[1].grad[y]
    return (d_x @ d_y / d_x.norm() / d_y.norm()).item()


def plain_circularity(W_E: Tensor) -> float:
    """By a singular value decomposition and sums over tokens."""
    p = len(W_E)
    components = torch.linalg.svd(W_E - W_E.mean(dim=0)).U[:, :4]
    t = torch.arange(p, dtype=torch.float64)
    best = []
    for v in components.T:
        shares = []
        for k in range(1, p):
            angle = 2 * math.pi * k / p * t
            squared = (v * angle.cos()).sum() ** 2 + (v * angle.sin()).sum() ** 2
            shares.append(min(1.0, (2 * squared / (p * v.square().sum())).item()))
        best.append(max(shares))
    return sum(best) / len(best)


@pytest.fixture(params=[7, 12])
def random_network(request, random_weights):
    config = ModelConfig.standard(p=request.param, d_model=8, n_heads=2, d_mlp=12)
    weights = random_weights(config, dtype=torch.float64)
    return weights, config, fold(weights, config)


def test_distance_irrelevance_is_that_of_the_published_table(random_weights) -> None:
    config = ModelConfig.standard(p=11, d_model=8, n_heads=2, d_mlp=12)
    right = right_logits(fold(random_weights(config, dtype=torch.float64), config))
    assert distance_irrelevance(right, config.task) == pytest.approx(plain_irrelevance(right), rel=1e-12)


@pytest.mark.parametrize("p", [7, 12])
@pytest.mark.parametrize(("operation", "sign"), [("add", 1), ("subtract", -1)])
def test_distance_irrelevance_groups_pairs_by_their_distance(p, operation, sign) -> None:
    right = torch.randn(p, p, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    groups = [[right[x, y] for x in range(p) for y in range(p) if (x - sign * y) % p == d] for d in range(p)]
    spreads = [torch.stack(group).std(correction=0) for group in groups]
    expected = (torch.stack(spreads).mean() / right.std(correction=0)).item()
    assert distance_irrelevance(right, Task(p, operation)) == pytest.approx(expected, rel=1e-12)


def test_gradient_symmetricity_is_the_mean_cosine_of_the_triples(random_network) -> None:
    weights, config, network = random_network
    p = config.p
    triples = [(x, y, z) for x in range(p) for y in range(p) for z in range(p)]
    random.Random(42).shuffle(triples)
    expected = sum(plain_cosine(weights, config, *triple) for triple in triples[:100]) / 100
    assert gradient_symmetricity(network) == pytest.approx(expected, rel=1e-10)


def test_gradient_symmetricity_of_the_right_answers(random_network) -> None:
    weights, config, network = random_network
    p = config.p
    cosines = [plain_cosine(weights, config, x, y, (x + y) % p) for x in range(p) for y in range(p)]
    assert gradient_symmetricity_of_right_answers(network) == pytest.approx(sum(cosines) / p**2, rel=1e-10)


def test_circularity_is_its_definition(random_network) -> None:
    W_E = random_network[2].W_E
    assert circularity(W_E) == pytest.approx(plain_circularity(W_E), rel=1e-10)


# Known answers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("p", [11, 12])
def test_a_pure_clock(p) -> None:
    bias = torch.randn(p, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    if p % 2 == 0:  # a distance has answers of one parity: with equal means the deviations are those of all
        bias = bias - bias.reshape(-1, 2).mean(dim=0).repeat(p // 2)
        bias[1::2] *= bias[::2].std() / bias[1::2].std()
    network = clock(p, KEYS, bias)
    found = algorithm(network, right_logits(network))
    assert found.distance_irrelevance == pytest.approx(1)
    assert found.circularity == pytest.approx(1)
    # On a circle of radius a, d logit_z / d point of x is the point of z - y: the angle to that of z - x is w_k(x - y).
    cosine, token = torch.zeros(p, p, dtype=torch.float64), torch.arange(p).double()
    for square, k in zip((1.0, 4.0), KEYS, strict=True):
        cosine += square / 5.0 * torch.cos(2 * math.pi * k / p * (token[:, None] - token))
    torch.testing.assert_close(right_answer_cosines(network), cosine)
    assert found.gradient_symmetricity_right_answers == pytest.approx(0, abs=1e-12)
    assert abs(found.gradient_symmetricity or 1.0) < 0.2
    assert found.absent == {}


@pytest.mark.parametrize("p", [11, 12])
def test_a_pure_pizza(p) -> None:
    network = pizza(p, KEYS)
    found = algorithm(network, right_logits(network))
    assert found.distance_irrelevance == pytest.approx(0, abs=1e-12)
    assert found.gradient_symmetricity == pytest.approx(1)
    assert found.gradient_symmetricity_right_answers == pytest.approx(1)
    assert found.circularity == pytest.approx(1)


def test_a_wave_on_a_line_is_no_circle() -> None:
    cos, sin = waves(11, 2)
    noise = torch.randn(11, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    circle = torch.stack([cos, sin], dim=1)
    assert circularity(circle) == pytest.approx(1)
    assert circularity(torch.stack([cos, sin, 0.01 * noise], dim=1)) < 0.95


# What is absent ------------------------------------------------------------------------------------------------------


def test_a_clock_with_equal_logits_has_no_distance_irrelevance() -> None:
    network = clock(11, KEYS)
    found = algorithm(network, right_logits(network))
    assert found.distance_irrelevance is None
    assert found.absent == {"distance_irrelevance": "the logit of the right answer is the same for all pairs"}


def test_a_bare_network_says_what_it_lacks() -> None:
    network = bare_network(BareConfig())
    found = algorithm(network, right_logits(network))
    assert found.distance_irrelevance is not None
    assert (found.gradient_symmetricity, found.gradient_symmetricity_right_answers, found.circularity) == (None,) * 3
    assert found.absent["circularity"] == "circularity needs W_E; this network is a bare network"
    assert found.absent["gradient_symmetricity"].startswith("gradient symmetricity needs gradients of the logits")


def test_without_sum_directions_there_is_no_distance(random_weights) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12, operation="x^2+y^2")
    found = algorithm(fold(random_weights(config), config), None)
    assert found.distance_irrelevance is None
    assert found.gradient_symmetricity_right_answers is not None
    assert "x^2+y^2" in found.absent["distance_irrelevance"]


def test_summed_one_hot_inputs_have_the_same_gradient() -> None:
    config = test_mlp.config_for((12,))
    network = build_mlp(test_mlp.random_weights(config), config)
    assert gradient_symmetricity(network) == pytest.approx(1)


def test_a_constant_embedding_has_no_circularity() -> None:
    assert circularity(torch.full((7, 3), 0.3)) is None


# Published networks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["model_A", "model_B"])
def test_published_values(name, real) -> None:
    expected = json.loads(real(f"families/{name}.expected.json").read_text())["algorithm"]
    expected["gradient_symmetricity"] = expected.pop("gradient_symmetricity_100")
    explorer = Explorer(open_run(real(f"families/{name}.pt")), dtype=torch.float64)
    found = report_json(report(explorer, explorer.epochs[-1], explorer.epochs[-1]))["algorithm"]
    assert found == {**{key: pytest.approx(value, rel=1e-9) for key, value in expected.items()}, "absent": {}}


def test_the_bundled_run() -> None:
    found = report(Explorer(open_run(DEMO)), 40_000, 40_000, interventions=False).algorithm
    assert found.distance_irrelevance == pytest.approx(0.730, abs=0.0005)
    assert found.gradient_symmetricity == pytest.approx(0.349, abs=0.0005)
    assert found.gradient_symmetricity_right_answers is None
