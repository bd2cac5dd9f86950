"""Positions that no parameter holds: sinusoidal embeddings, and the rotation of queries and keys."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.networks.transformer_config import RotaryPairs


def sinusoidal(position: int, d_model: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    """The embedding of a position in "Attention is all you need", section 3.5: sines and cosines side by side.

    [d_model]
    """
    angles = _angles(position, d_model, 10_000.0)  # [pair]
    return torch.stack((angles.sin(), angles.cos()), dim=-1).flatten()[:d_model].to(device, dtype)


def rotate(heads: Tensor, position: int, base: float, pairs: RotaryPairs) -> Tensor:
    """Turn pairs of numbers of queries or keys by angles that grow with their position (RoFormer, section 3.2.2).

    [..., d_head]
    """
    angles = _angles(position, heads.shape[-1], base)  # [pair]
    cos, sin = angles.cos().to(heads), angles.sin().to(heads)
    if pairs == "neighbours":
        a, b = heads[..., 0::2], heads[..., 1::2]
        return torch.stack((a * cos - b * sin, b * cos + a * sin), dim=-1).flatten(-2)
    a, b = heads.chunk(2, dim=-1)
    return torch.cat((a * cos - b * sin, b * cos + a * sin), dim=-1)


def _angles(position: int, width: int, base: float) -> Tensor:
    """The position times each frequency, in float64. [pair]"""
    return position * base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
