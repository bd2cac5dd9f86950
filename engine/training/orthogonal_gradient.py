"""The optimiser `orthogonal-grad`: AdamW on gradients without their component along the weights.

Prieto et al. 2025, Grokking at the edge of numerical stability, arXiv:2501.04697, and its code: from the gradient g of
each parameter w, as one vector, the projection on w is subtracted, and the rest is scaled to the norm that g had. So no
step only scales a weight, which lowers the loss of a network that has learned its train pairs and changes no answer.
"""

from __future__ import annotations

import torch
from torch import Tensor

_TINY = 1e-30  # as in the code of the paper: a parameter that is zero, as biases are at first, keeps its gradient


@torch.no_grad()
def orthogonalise(gradients: Tensor, parameters: Tensor) -> None:
    """Replace the gradient of a parameter of each run, in place, by its part orthogonal to it, at the same norm.

    Both are [run, ...].

    >>> gradients = torch.tensor([[3.0, 4.0]])
    >>> orthogonalise(gradients, torch.tensor([[2.0, 0.0]]))
    >>> gradients
    tensor([[0., 5.]])
    """
    g, w = gradients.flatten(1), parameters.flatten(1)
    norm = g.norm(dim=1, keepdim=True)
    along = (w * g).sum(dim=1, keepdim=True) / ((w * w).sum(dim=1, keepdim=True) + _TINY)
    orthogonal = g - along * w
    gradients.copy_((orthogonal * (norm / (orthogonal.norm(dim=1, keepdim=True) + _TINY))).view_as(gradients))
