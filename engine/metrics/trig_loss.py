"""Trig loss: the loss of the sum directions of the key frequencies alone."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.metrics.cross_entropy import cross_entropy
from engine.metrics.logit_sums import LogitSums
from engine.metrics.losses import BySplit, by_split
from engine.networks.split import Split
from engine.networks.task import answers


def sum_directions_only(sums: LogitSums, keys: Sequence[int]) -> Tensor:
    """The projection of the logits on the sum directions of the key frequencies, bias-corrected. [s, z], float64

    The projection depends on a pair through its answer s alone. Bias correction adds back, for each logit z, the mean
    over pairs that the projection removed, as the paper does for its restricted loss.
    """
    return sums.parts(keys).sum(dim=0) + sums.mean  # the waves themselves have mean zero


def trig_loss(sums: LogitSums, keys: Sequence[int], split: Split | None) -> BySplit:
    """Mean cross-entropy (nats) of the logits `sum_directions_only`: what the key frequencies alone achieve.

    The study's trig loss; the paper's restricted loss (Nanda et al. 2023, section 5.1) retains the same signal.
    """
    logits = sum_directions_only(sums, keys)
    loss_by_answer = cross_entropy(logits, torch.arange(sums.p, device=logits.device))
    return by_split(loss_by_answer[answers(sums.task, logits.device)], split)
