"""Fixtures of the engine's tests: a model small enough to read, and random weights for any config."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from engine.networks.config import ModelConfig
from engine.networks.weights import Weights, weight_shapes

RandomWeights = Callable[..., Weights]


@pytest.fixture
def tiny_config() -> ModelConfig:
    return ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)


@pytest.fixture
def random_weights() -> RandomWeights:
    """`random_weights(config, seed=0, dtype=torch.float32)`: every tensor random, biases too."""

    def make(config: ModelConfig, seed: int = 0, dtype: torch.dtype = torch.float32) -> Weights:
        generator = torch.Generator().manual_seed(seed)
        return Weights(
            **{
                name: (torch.randn(shape, generator=generator) / config.d_model**0.5).to(dtype)
                for name, shape in weight_shapes(config).items()
            }
        )

    return make
