"""A hand-built MLP with one hidden layer whose neurons read and write waves of known phases."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.networks.config import ActFn
from engine.networks.mlp_config import MlpConfig
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.named_weights import NamedWeights

P, K, N = 13, 3, 13  # tokens, the frequency of all neurons, neurons


def waves_mlp(act_fn: ActFn, lag: float = 0.0, y_shift: float = 0.0) -> tuple[NamedWeights, MlpConfig, Tensor]:
    """N neurons cos(w x - phi) + cos(w y - phi - y_shift) that write cos(w z - 2 phi - y_shift - lag); their phi."""
    config = MlpConfig(P, (N,), P, P, joined="concatenation", act_fn=act_fn)
    phi = 2 * math.pi * torch.arange(N, dtype=torch.float64) / N
    angle = 2 * math.pi * K / P * torch.arange(P, dtype=torch.float64)
    tensors = {
        "layers.0.W_x": torch.cos(angle[:, None] - phi),
        "layers.0.W_y": torch.cos(angle[:, None] - phi - y_shift),
        "layers.0.b": torch.zeros(N, dtype=torch.float64),
        "unembed.W": torch.cos(angle - 2 * phi[:, None] - y_shift - lag),
        "unembed.b": torch.zeros(P, dtype=torch.float64),
    }
    return NamedWeights.of(tensors, mlp_shapes(config), "a hand-built network"), config, phi
