"""Gradients of a logit with respect to the embeddings of x and y, by automatic differentiation."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def embedding_gradients(
    logits_of: Callable[[Tensor, Tensor], Tensor], e_x: Tensor, e_y: Tensor, z: Tensor
) -> tuple[Tensor, Tensor]:
    """d logit_z / d embedding of x, and of y. [pair, d_model] each

    `logits_of` takes embeddings of x and y, a row for each pair, to logits [pair, z]. A pair's logits depend on its own
    rows alone, so the gradient of their sum has the gradient of each pair in its rows.
    """
    with torch.enable_grad():
        e_x, e_y = e_x.detach().requires_grad_(), e_y.detach().requires_grad_()
        total = logits_of(e_x, e_y).gather(1, z[:, None]).sum()
        d_x, d_y = torch.autograd.grad(total, (e_x, e_y), allow_unused=True, materialize_grads=True)
    return d_x, d_y
