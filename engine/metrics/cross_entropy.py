"""Cross-entropy in float64, exact in its last digits for a loss of 1e-20 as of 1 or 1,000 nats."""

from __future__ import annotations

import torch
from torch import Tensor


def cross_entropy(logits: Tensor, right: Tensor) -> Tensor:
    """Cross-entropy (nats): `log1p(sum over wrong z of exp(l_z - l_right))`, in float64. [..., z] -> [...]

    The usual `logsumexp(l) - l_right` is a difference of two numbers as large as the logits: of a loss below their
    rounding error, about 1e-15, no digit remains.

    Args:
        logits: logits of the answers. [..., z]
        right: the right answer; its shape broadcasts to [...].
    """
    loss = odds_(relative_to_right(logits, right), right).sum(dim=-1).log1p_()
    if bool(loss.isfinite().all()):
        return loss
    # An exponential has overflowed. The largest relative logit is at least 0, which is that of the right answer.
    relative = relative_to_right(logits, right)
    largest = relative.amax(dim=-1)
    odds = odds_(relative.sub_(largest[..., None]), right).sum(dim=-1)
    return largest + torch.log1p(odds + torch.expm1(-largest))


def relative_to_right(logits: Tensor, right: Tensor) -> Tensor:
    """`l_z - l_right` in float64. [..., z] -> [..., z]"""
    logits = logits.double()
    return logits - logits.gather(-1, _index(logits, right))


def odds_(relative: Tensor, right: Tensor) -> Tensor:
    """The exponentials, in place, with 0 for the right answer. [..., z]

    A 1 that is added and subtracted again would cost the digits of a small sum.
    """
    return relative.exp_().scatter_(-1, _index(relative, right), 0.0)


def _index(logits: Tensor, right: Tensor) -> Tensor:
    return right.expand(logits.shape[:-1])[..., None]
