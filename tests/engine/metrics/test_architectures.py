"""The metrics of one network by two implementations: folded, and as a plain forward pass of a transformer."""

from __future__ import annotations

from dataclasses import replace
from numbers import Real

import numpy as np
import pytest
import torch

from engine.metrics.ablation import ablate
from engine.metrics.ablation_spec import Ablation
from engine.metrics.logit_sums import read_logits
from engine.metrics.losses import score
from engine.metrics.neuron_clusters import Neurons, clusters
from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.pair import read_pair
from engine.metrics.report import compute_metrics, metrics_json
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from engine.networks.split import Split
from tests.engine.networks.test_transformer import as_transformer, build, named

KEYS = (1, 3)


@pytest.fixture(params=[(7, "add"), (8, "subtract")])
def networks(request, random_weights):
    """Weights, the folded network and the transformer."""
    p, operation = request.param
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=16, operation=operation)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    return weights, fold(weights, config), build(as_transformer(config), named(weights))


def assert_equal(found: object, expected: object) -> None:
    """The same structure, with numbers that differ by rounding."""
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for name in expected:
            assert_equal(found[name], expected[name])
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_equal(one, other)
    elif isinstance(expected, Real) and not isinstance(expected, bool):
        assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)
    else:
        assert found == expected


def test_every_metric_is_the_same(networks) -> None:
    weights, folded, transformer = networks
    split = Split(np.random.default_rng(0).random((folded.task.p,) * 2) < 0.3, "file")
    expected, found = (
        metrics_json(compute_metrics(weights, network, KEYS, split)) for network in (folded, transformer)
    )
    assert_equal(found, expected)


@pytest.mark.parametrize("preset", [None, "key-frequencies", "key-frequencies-no-rest", "sum-directions"])
@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_every_ablation_is_the_same(networks, preset, fill) -> None:
    _, folded, transformer = networks
    share = np.where(np.arange(16) < 12, 0.9, 0.5)
    groups = clusters(Neurons(np.array([KEYS[i % 2] for i in range(16)]), share, share, share), KEYS)
    whole = Ablation(frozenset({1}), frozenset({0}), direct=True, preset=preset, fill=fill)
    for ablation in (whole, replace(whole, clusters=frozenset({None}), heads=frozenset(), direct=False)):
        losses = [
            score(read_logits(ablated.logit_slabs(), folded.task), None).loss.all
            for network in (folded, transformer)
            for ablated in [ablate(network, compute_spectra(network).spectra, groups, KEYS, ablation)]
        ]
        assert losses[1] == pytest.approx(losses[0], rel=1e-9)


def test_a_pair_is_the_same(networks) -> None:
    _, folded, transformer = networks
    expected, found = (read_pair(network, {1: 0.5}, 2, 3) for network in (folded, transformer))
    assert found.logits == pytest.approx(expected.logits)
    assert found.attention == pytest.approx(expected.attention)
    assert [n for n, *_ in found.top_neurons] == [n for n, *_ in expected.top_neurons]
