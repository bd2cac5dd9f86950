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


def activation_backward(act_fn: ActFn, d_post: Tensor, pre: Tensor) -> Tensor:
    """The gradient of the pre-activations from that of the activations; relu has the derivative 0 at 0."""
    match act_fn:
        case "relu":
            d_pre: Tensor = torch.ops.aten.threshold_backward(d_post, pre, 0)  # one pass over memory
            return d_pre
        case "quadratic":
            return 2 * pre * d_post
        case "tanh":
            return (1 - torch.tanh(pre).square()) * d_post
    with torch.enable_grad():
        pre = pre.detach().requires_grad_()
        (d_pre,) = torch.autograd.grad(activation(act_fn, pre), pre, d_post)
    return d_pre
