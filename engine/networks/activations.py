"""The activation functions of the MLP, by their names in configs."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from engine.networks.config import ActFn


def activation(act_fn: ActFn, pre: Tensor, inplace: bool = False) -> Tensor:
    """Apply `relu`, `gelu` (exact) or `gelu_new` (its tanh approximation) to pre-activations.

    With `inplace`, relu overwrites `pre`; the others ignore it.
    """
    if act_fn == "relu":
        return F.relu(pre, inplace=inplace)
    return F.gelu(pre, approximate="none" if act_fn == "gelu" else "tanh")
