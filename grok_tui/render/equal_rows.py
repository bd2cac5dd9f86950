"""How good the ticks of a vertical axis are: the same number of rows apart, and how many."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

RowTicks = list[tuple[int, str]]  # row from the top, text
# What so many ticks are worth, as a fraction of the rows that the axis may lose for them.
_WORTH = (-1.0, -0.5, 0.0, 0.125, 0.14, 0.15, 0.155)
_UNUSABLE = -2.0
_Item = TypeVar("_Item")


def worth_of(placed: Sequence[tuple[int, str]], rows: int, count: int) -> float:
    """The worth of (row, text) ticks; very little for more than `count` or with unequal or too small distances."""
    gaps = {abs(b - a) for (a, _), (b, _) in pairwise(placed)}
    if len(placed) > count or len(gaps) > 1 or min(gaps, default=rows) < least_gap(rows):
        return _UNUSABLE
    return _WORTH[min(len(placed), len(_WORTH) - 1)]


def least_gap(rows: int) -> int:
    """The fewest rows from one tick to the next, on an axis of so many rows."""
    return 2 if rows >= 4 else 1


def first_and_last(ticks: Sequence[_Item]) -> list[_Item]:
    """The ends of a list of ticks: two are always equally spaced."""
    return list(ticks[:: max(len(ticks) - 1, 1)])
