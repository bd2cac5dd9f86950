"""Recognise the activation by recorded losses: they must agree with the losses of exactly one activation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from torch import Tensor

from engine.networks.config import ACT_FNS, ActFn, Task
from engine.networks.task import answers

_AGREES, _DISAGREES = 1.02, 1.05  # ratio of a computed to a recorded loss


@dataclass(frozen=True)
class Evidence:
    """Losses that the trainer recorded for this checkpoint, and its train pairs [x, y] as a function of p."""

    train_loss: float | None
    test_loss: float | None
    train_pairs: Callable[[int], Tensor | None]


def activation_by_losses(
    act_fns: Sequence[ActFn],
    logits_of: Callable[[ActFn, Tensor, Tensor], Tensor],
    task: Task,
    evidence: Evidence,
) -> ActFn | None:
    """The one activation under which the recorded losses agree with the computed ones; None if none or several do.

    `logits_of` returns the logits of a batch of pairs x, y under an activation. [pair, z]
    """
    train = evidence.train_pairs(task.p)
    if train is None:
        return None
    recorded = {"train": evidence.train_loss, "test": evidence.test_loss}
    agreeing: list[ActFn] = []
    contradicted = 0
    for act_fn in act_fns:
        ratios = []
        for part, pairs in (("train", train), ("test", ~train)):
            loss = recorded[part]
            if loss is not None and loss > 0 and bool(pairs.any()):
                ratios.append(max(_mean_loss(partial(logits_of, act_fn), task, pairs), 1e-30) / loss)
        spread = max((max(ratio, 1 / ratio) for ratio in ratios), default=math.inf)
        agreeing += [act_fn] if spread <= _AGREES else []
        contradicted += spread >= _DISAGREES
    # gelu and its approximation agree with each other to less than the tolerance: the exact one stands for both
    if len(agreeing) == 2 and set(agreeing) == {"gelu", "gelu_new"} and contradicted == len(ACT_FNS) - 2:
        return "gelu"
    return agreeing[0] if len(agreeing) == 1 and contradicted == len(act_fns) - 1 else None


def _mean_loss(logits_of: Callable[[Tensor, Tensor], Tensor], task: Task, pairs: Tensor) -> float:
    x, y = pairs.nonzero(as_tuple=True)
    answer = answers(task)[x, y]
    logits = logits_of(x, y).double()
    return float((logits.logsumexp(dim=-1) - logits.gather(1, answer[:, None])[:, 0]).mean())
