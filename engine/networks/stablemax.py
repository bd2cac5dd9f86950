"""Stablemax, a softmax that does not saturate in floating point.

stablemax(l)_z = s(l_z) / sum_z' s(l_z'), with s(l) = l + 1 for l >= 0 and 1 / (1 - l) for l < 0, in place of exp(l)
(Prieto et al. 2025, Grokking at the edge of numerical stability, arXiv:2501.04697). ln s(l) = sign(l) ln(1 + |l|), so
the stablemax of l is the softmax of that, and its cross-entropy the usual one of that.
"""

from __future__ import annotations

import torch
from torch import Tensor


def log_s(logits: Tensor) -> Tensor:
    """ln s(l) of each logit, differentiable: its derivative is 1 / (1 + |l|), also at 0.

    >>> log_s(torch.tensor([-1.0, 0.0, 1.0])).exp()
    tensor([0.5000, 1.0000, 2.0000])
    """
    # At 0 the derivative of clamp is 1 and that of relu is 0, so that the two parts have a derivative of 1 together.
    return logits.clamp(min=0).log1p() - torch.relu(-logits).log1p()
