"""The nonlinearities in use, by the names that configs give them."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from engine.networks.config import ActFn


def activation(act_fn: ActFn, pre: Tensor, overwrite: bool = False) -> Tensor:
    """`relu`, `gelu` (exact) or `gelu_new` (its tanh form) of `pre`; `overwrite` lets relu reuse its memory."""
    if act_fn == "relu":
        return F.relu(pre, inplace=overwrite)
    return F.gelu(pre, approximate="none" if act_fn == "gelu" else "tanh")
