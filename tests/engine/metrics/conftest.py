"""Fixtures of the metrics tests: a random network with the oracle's forward pass, and a split."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.networks.config import ModelConfig
from engine.networks.folded import Folded, fold
from engine.networks.split import Split
from tests.engine.conftest import RandomWeights
from tests.engine.networks.plain_model import PlainForward, plain_forward


@pytest.fixture(params=[(7, "add"), (12, "add"), (7, "subtract"), (12, "subtract")])
def model(request: pytest.FixtureRequest, random_weights: RandomWeights) -> tuple[Folded, PlainForward]:
    """A random network with all biases: folded, and its plain forward pass."""
    p, operation = request.param
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=10, operation=operation)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    return fold(weights, config), plain_forward(weights, config)


@pytest.fixture
def split(model: tuple[Folded, PlainForward]) -> Split:
    p = model[0].config.p
    return Split(np.random.default_rng(0).random((p, p)) < 0.3, "file")
