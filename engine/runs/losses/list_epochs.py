"""The epochs of a list of losses that records none: every epoch, or every n-th, by its length.

A trainer that saves at epoch E and appends at the epochs 0, s, 2s, ... has appended floor(E / s) + 1 losses. The
lengths of a few checkpoints leave one stride s, or one that divides E exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import gcd

_MIN_LENGTH = 3  # a shorter list fits too many strides


@dataclass(frozen=True)
class ListLength:
    """The length of a list of losses in the checkpoint of an epoch."""

    epoch: int
    length: int


def infer_stride(lengths: Sequence[ListLength], settings: Collection[int] = ()) -> int | None:
    """The interval, in epochs, between the losses of a list that starts at epoch 0; None if it is not determined.

    `lengths` are those of one list in several checkpoints, the longest last; `settings` are the recorded settings
    that may be the interval (`log_every`). A single list must reach its epoch exactly: 31 losses at epoch 300. The last
    checkpoint may count the epochs, as one saved after the training does: 240 losses of every 25th of 6,000 epochs.

    >>> infer_stride([ListLength(300, 31)]), infer_stride([ListLength(310, 28)])
    (10, None)
    >>> infer_stride([ListLength(105, 11), ListLength(625, 63)])
    10
    """
    last, before = lengths[-1], lengths[:-1]
    strides = _possible_strides(lengths)
    if not strides and before:
        stride = infer_stride(before, settings)
        return stride if stride is not None and last.length == -(-last.epoch // stride) else None
    recorded = [stride for stride in sorted(set(settings)) if stride in strides]
    if len(recorded) == 1:
        return recorded[0]
    if last.length < _MIN_LENGTH:
        return None
    if len(strides) == 1 and len({each.length for each in lengths if each.length > 1}) > 1:
        return strides[0]
    exact, rest = divmod(last.epoch, last.length - 1)
    return exact if rest == 0 and exact in strides else None


def _possible_strides(lengths: Sequence[ListLength]) -> range:
    """The strides s with floor(epoch / s) + 1 == length for every list."""
    if any(each.length == 0 for each in lengths):
        return range(0)
    lowest = max(each.epoch // each.length + 1 for each in lengths)
    highest = min((each.epoch // (each.length - 1) for each in lengths if each.length > 1), default=0)
    return range(lowest, highest + 1)


def every_nth_epoch(count: int, n_epochs: int, settings: Collection[int] = ()) -> list[int] | None:
    """Every n-th of the epochs 0 .. n_epochs - 1, or these and the last, if there are exactly `count`.

    None if several n fit, unless one is among the recorded `settings` or divides the epochs exactly (the roundest one).

    >>> every_nth_epoch(4, 40), every_nth_epoch(7, 601)[-2:], every_nth_epoch(11, 100)[-3:], every_nth_epoch(30, 40)
    ([0, 10, 20, 30], [500, 600], [80, 90, 99], None)
    """
    for last in ([], [n_epochs - 1]):
        steps = _fitting_steps(count - len(last), n_epochs)
        recorded = [step for step in steps if step in settings]
        exact = [step for step in steps if n_epochs in (step * (count - len(last)), step * (count - len(last) - 1) + 1)]
        chosen = recorded if len(recorded) == 1 else sorted(exact, key=lambda step: -gcd(step, 1000))[:1] or steps
        epochs = [*range(0, n_epochs, chosen[0]), *last] if len(chosen) == 1 else []
        if epochs and len(set(epochs)) == len(epochs):
            return epochs
    return None


def _fitting_steps(count: int, n_epochs: int) -> range:
    """The steps n for which every n-th of the epochs 0 .. n_epochs - 1 are `count`."""
    if count < 1:
        return range(0)
    longest = (n_epochs - 1) // (count - 1) if count > 1 else n_epochs
    return range(-(-n_epochs // count), longest + 1)
