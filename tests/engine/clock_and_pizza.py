"""Two hand-built MLPs with quadratic neurons that add modulo p exactly: a pure clock, and a pure pizza.

Both embed a token t as the points (a cos w_k t, a sin w_k t) of a circle for each key frequency k.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from engine.networks.folded import Folded
from engine.networks.mlp import fold_mlp
from engine.networks.mlp_config import MlpConfig
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.named_weights import NamedWeights


def clock(p: int, keys: tuple[int, ...], bias: Tensor | None = None) -> Folded:
    """Multiplies waves of x and y: the logits are `sum over k of a^2 cos w_k(x + y - z)`, plus `bias` [z].

    A product u v is ((u + v)^2 - (u - v)^2) / 4, of two neurons.
    """
    plus_minus = torch.tensor([[1.0, 1.0], [1.0, -1.0]], dtype=torch.float64)
    W_x, W_y, out = [], [], []
    for index, k in enumerate(keys):
        cos_z, sin_z = waves(p, k)
        for of_x, of_y, over_z in ((0, 0, cos_z), (1, 1, -cos_z), (0, 1, sin_z), (1, 0, sin_z)):
            for sign_x, sign_y in plus_minus:
                W_x.append(_unit(2 * index + of_x, keys) * sign_x)
                W_y.append(_unit(2 * index + of_y, keys) * sign_y)
                out.append(sign_y * over_z / 4)
    return _network(p, keys, W_x, W_y, out, bias)


def pizza(p: int, keys: tuple[int, ...]) -> Folded:
    """Adds the points of x and y: the logits are `sum over k of 4 a^2 cos^2(w_k(x - y) / 2) cos w_k(x + y - z)`."""
    W, out = [], []
    for index, k in enumerate(keys):
        cos_z, sin_z = waves(p, k)
        c, s = _unit(2 * index, keys), _unit(2 * index + 1, keys)
        # (c.u)^2 - (s.u)^2 goes with cos z, 2 (c.u)(s.u) = ((c + s).u)^2 - (c.u)^2 - (s.u)^2 with sin z
        W += [c, s, c + s]
        out += [cos_z - sin_z, -cos_z - sin_z, sin_z]
    return _network(p, keys, W, W, out, None)


def waves(p: int, k: int) -> tuple[Tensor, Tensor]:
    """cos w_k t and sin w_k t over tokens."""
    angle = 2 * math.pi * k / p * torch.arange(p, dtype=torch.float64)
    return angle.cos(), angle.sin()


def amplitude(index: int) -> float:
    """That of the circle of a key frequency: each its own, so that principal components do not mix them."""
    return 1.0 + index


def _unit(dimension: int, keys: tuple[int, ...]) -> Tensor:
    return torch.eye(2 * len(keys), dtype=torch.float64)[dimension]


def _network(
    p: int, keys: tuple[int, ...], W_x: list[Tensor], W_y: list[Tensor], out: list[Tensor], bias: Tensor | None
) -> Folded:
    config = MlpConfig(p, (len(W_x),), p, p, joined="concatenation", d_embed=2 * len(keys), act_fn="quadratic")
    tensors = {
        "embed.W_E": torch.stack(
            [amplitude(index) * wave for index, k in enumerate(keys) for wave in waves(p, k)], dim=1
        ),
        "layers.0.W_x": torch.stack(W_x, dim=1),
        "layers.0.W_y": torch.stack(W_y, dim=1),
        "unembed.W": torch.stack(out),
        "unembed.b": torch.zeros(p, dtype=torch.float64) if bias is None else bias,
    }
    return fold_mlp(NamedWeights.of(tensors, mlp_shapes(config), "a hand-built network"), config, torch.float64)
