"""Extreme networks: the smallest sizes, silent or constant neurons, very small and very large weights."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from engine import Explorer, ModelConfig
from engine.networks.split import Split, random_seed_split
from engine.networks.weights import Weights, weight_shapes
from engine.runs.run import Checkpoint, Run

SMALL = ModelConfig.standard(p=5, d_model=8, n_heads=2, d_mlp=6)
EPOCHS = (0, 50, 100)

Change = Callable[[Weights], Weights]


def as_drawn(weights: Weights) -> Weights:
    return weights


def scaled(factor: float) -> Change:
    return lambda weights: Weights(**{name: tensor * factor for name, tensor in weights.items()})


def silent(weights: Weights) -> Weights:
    """No neuron is ever active."""
    return replace(weights, b_in=torch.full_like(weights.b_in, -100.0))


def constant(weights: Weights) -> Weights:
    """Every activation is 1."""
    return replace(weights, W_in=torch.zeros_like(weights.W_in), b_in=torch.ones_like(weights.b_in))


def mute(weights: Weights) -> Weights:
    """Every logit is 0."""
    return replace(weights, W_U=torch.zeros_like(weights.W_U), b_U=torch.zeros_like(weights.b_U))


def blind(weights: Weights) -> Weights:
    """All tokens have the same embedding."""
    return replace(weights, W_E=torch.zeros_like(weights.W_E))


VALID: dict[str, tuple[ModelConfig, Change]] = {
    **{f"p = {p}": (ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=16), as_drawn) for p in (3, 4, 64)},
    "p = 4, subtracting": (
        ModelConfig.standard(p=4, d_model=8, n_heads=2, d_mlp=16, operation="subtract"),
        as_drawn,
    ),
    "one head": (ModelConfig.standard(p=5, d_model=8, n_heads=1, d_mlp=6), as_drawn),
    "d_mlp = 1": (ModelConfig.standard(p=5, d_model=8, n_heads=2, d_mlp=1), as_drawn),
    "d_mlp = 1, silent": (ModelConfig.standard(p=5, d_model=8, n_heads=2, d_mlp=1), silent),
    "d_model = 1": (ModelConfig.standard(p=5, d_model=1, n_heads=1, d_mlp=4), as_drawn),
    "silent": (SMALL, silent),
    "constant": (SMALL, constant),
    "mute": (SMALL, mute),
    "blind": (SMALL, blind),
    "zeros": (SMALL, scaled(0.0)),
    "denormal": (SMALL, scaled(1e-40)),
    "vanishing products": (SMALL, scaled(1e-12)),
    "large": (SMALL, scaled(1e3)),
}


def explorer_of(
    config: ModelConfig, change: Change = as_drawn, dtype: torch.dtype = torch.float32, keys: tuple[int, ...] = (1,)
) -> Explorer:
    """A run in memory with three random checkpoints; `change` applies to the last."""

    def load(epoch: int) -> Weights:
        generator = torch.Generator().manual_seed(epoch)
        shapes = weight_shapes(config)
        drawn = {name: torch.randn(s, generator=generator) / config.d_model**0.5 for name, s in shapes.items()}
        return change(Weights(**drawn)) if epoch == EPOCHS[-1] else Weights(**drawn)

    checkpoints = tuple(Checkpoint(epoch, lambda epoch=epoch: load(epoch)) for epoch in EPOCHS)
    split = Split(random_seed_split(config.p, 0, max(1, config.p**2 // 3)), "option", 0)
    return Explorer(Run("extreme", Path("extreme"), "memory", config, checkpoints), dtype=dtype, split=split, keys=keys)
