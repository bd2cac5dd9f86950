"""Runs with an even p, with prompts that do not end in a constant, and with random weights."""

from __future__ import annotations

from pathlib import Path

import torch

from engine import Explorer, ModelConfig
from engine.networks.config import Operation, Prompt
from engine.networks.weights import Weights, weight_shapes
from engine.runs.run import Checkpoint, Run

OTHERS = ("y = x", "x y")  # prompts of runs of p = 8


def other_explorer(prompt: str, operation: Operation = "add") -> Explorer:
    """A run of p = 8 with checkpoints at 0 and 100; neuron 0 is dead."""
    config = ModelConfig(8, 8, 2, 4, 10, Prompt.parse(prompt, 8), d_vocab=9, d_vocab_out=9, operation=operation)
    checkpoints = tuple(Checkpoint(epoch, lambda seed=epoch: _random(config, seed)) for epoch in (0, 100))
    return Explorer(Run("other", Path("other"), "memory", config, checkpoints), keys=[1, 4], no_split=True)


def _random(config: ModelConfig, seed: int) -> Weights:
    generator = torch.Generator().manual_seed(seed)
    weights = Weights(**{name: torch.randn(s, generator=generator) / 3 for name, s in weight_shapes(config).items()})
    weights.b_in[0] = -100.0
    return weights
