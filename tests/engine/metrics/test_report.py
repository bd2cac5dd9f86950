"""Metrics of operations other than x + y: on logarithms, or without sum directions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.metrics.report import CheckpointMetrics, compute_metrics, metrics_json
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from engine.networks.split import Split
from engine.networks.task import answers
from engine.networks.token_order import token_order
from engine.networks.weights import Weights
from tests.engine.known_network import KnownNetwork, known_network
from tests.engine.networks.plain_model import plain_forward
from tests.engine.relabelled_network import relabelled

# The metrics of all p^2 pairs and all weights; every other one is of the network on the logarithms.
OF_ALL_TOKENS = ("loss", "accuracy", "sum_sq_weights", "collapse", "ranks")
NULLS = {"all": None, "train": None, "test": None}


@pytest.fixture(params=["add", "subtract"])
def known(request) -> KnownNetwork:
    """A network modulo 10 with keys 2 and 3."""
    return known_network(10, (2, 3), operation=request.param)


def metrics(config, weights, keys, split) -> CheckpointMetrics:
    order = token_order(config.task)
    in_order = fold(order.weights(weights), order.config(config))
    return compute_metrics(weights, fold(weights, config), keys, split, in_order=in_order)


@pytest.mark.parametrize("zero", [0.5, -3.0])
def test_a_network_that_multiplies_has_the_metrics_of_the_one_that_adds_logarithms(known, zero) -> None:
    network = relabelled(known.config, known.weights, root=2, zero=zero)
    train = np.random.default_rng(0).random((10, 10)) < 0.4
    expected = metrics(known.config, known.weights, [2, 3], Split(train, "file"))
    found = metrics(network.config, network.weights, [2, 3], Split(network.grid(train, elsewhere=True), "file"))
    expected_json, found_json = metrics_json(expected), metrics_json(found)
    for name in expected_json.keys() - set(OF_ALL_TOKENS):
        assert found_json[name] == expected_json[name], name
    for name in ("frequency", "share", "variance_explained", "fraction_active"):
        assert np.array_equal(getattr(found.neurons, name), getattr(expected.neurons, name), equal_nan=True)
    assert found.trig_loss is not None
    assert found.trig_loss.all < 1


@pytest.mark.parametrize("operation", ["multiply", "divide"])
def test_loss_and_accuracy_are_those_of_all_pairs_and_answers(operation, random_weights) -> None:
    config = ModelConfig.standard(p=11, d_model=8, n_heads=2, d_mlp=12, operation=operation)
    weights = random_weights(config, dtype=torch.float64)
    split = Split(np.random.default_rng(1).random((11, 11)) < 0.4, "file")
    found = metrics(config, weights, [2, 3], split)
    loss, right = loss_and_accuracy(config, weights)
    train = torch.from_numpy(split.train)
    for by_split, grid in ((found.loss, loss), (found.accuracy, right)):
        assert by_split.all == pytest.approx(grid.mean().item())
        assert by_split.train == pytest.approx(grid[train].mean().item())
        assert by_split.test == pytest.approx(grid[~train].mean().item())
    for name, total in found.sum_sq_weights.items():
        if name != "total":
            assert total == pytest.approx(getattr(weights, name).square().sum().item())


def loss_and_accuracy(config: ModelConfig, weights: Weights) -> tuple[torch.Tensor, torch.Tensor]:
    """Of every pair, by a plain forward pass. [x, y] each"""
    logits, right = plain_forward(weights, config).logits, answers(config.task)
    loss = -logits.log_softmax(dim=-1).gather(-1, right[..., None])[..., 0]
    return loss, (logits.argmax(dim=-1) == right).double()


@pytest.mark.parametrize(
    ("p", "operation", "table"),
    [
        (11, "x^2+y^2", None),
        (11, "x^2+xy+y^2", None),
        (11, "x^3+xy", None),
        (12, "multiply", None),
        (7, "table", tuple(x * y % 7 for x in range(7) for y in range(7))),
    ],
)
def test_without_sum_directions_what_needs_them_is_null(p, operation, table, random_weights) -> None:
    config = replace(ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=12), operation=operation, table=table)
    weights = random_weights(config, dtype=torch.float64)
    computed = metrics(config, weights, [1, 2], None)
    found = metrics_json(computed)
    assert found["trig_loss"] == found["excluded_loss_all_key"] == NULLS
    assert found["excluded_loss"] == found["without_cluster"] == {}
    assert found["key_frequency_only"] == {"with_rest": None, "without_rest": None}
    assert found["trig_fraction"] == {"logits": None, "neurons_pre": None, "neurons_post": None}
    assert found["logit_fit"] == {"fve": None, "coefficients": {}}
    # The others do not depend on the operation.
    adding = replace(config, operation="add", table=None)
    same = metrics_json(metrics(adding, weights, [1, 2], None))
    for name in ("clusters", "attention", "embedding_norms", "gini", "sum_sq_weights"):
        assert found[name] == same[name], name
    loss, right = loss_and_accuracy(config, weights)
    assert computed.loss.all == pytest.approx(loss.mean().item())
    assert computed.accuracy.all == pytest.approx(right.mean().item())
