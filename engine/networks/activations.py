"""The activation functions of the MLP, by their names in configs."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.networks.config import ActFn


def activation(act_fn: ActFn, pre: Tensor, inplace: bool = False) -> Tensor:
    """Apply `relu`, `gelu` (exact), `gelu_new` (its tanh approximation), `silu`, `tanh` or `quadratic` (the square).

    With `inplace`, relu overwrites `pre`; the others ignore it.
    """
    match act_fn:
        case "relu":
            return F.relu(pre, inplace=inplace)
        case "gelu":
            return F.gelu(pre)
        case "gelu_new":
            return F.gelu(pre, approximate="tanh")
        case "silu":
            return F.silu(pre)
        case "tanh":
            return torch.tanh(pre)
        case "quadratic":
            return pre.square()
