"""Mean and standard deviation of the values that there are, and how many are absent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum, isfinite, isnan, sqrt


@dataclass(frozen=True)
class Statistic:
    """`n` values with their mean and sample standard deviation (n - 1); `absent` more have no value.

    The mean is None without values, the standard deviation with fewer than two, or if a value is infinite.
    """

    n: int
    mean: float | None
    sd: float | None
    absent: int = 0


def statistic(values: Iterable[float | None]) -> Statistic:
    """The statistic of some values; None and NaN count as absent.

    >>> statistic([1.0, None, 3.0])
    Statistic(n=2, mean=2.0, sd=1.4142135623730951, absent=1)
    """
    found = list(values)
    present = [float(value) for value in found if value is not None and not isnan(value)]
    n, absent = len(present), len(found) - len(present)
    if n == 0:
        return Statistic(0, None, None, absent)
    if not all(map(isfinite, present)):
        total = sum(present)  # NaN if infinities cancel
        return Statistic(n, None if isnan(total) else total, None, absent)
    mean = fsum(present) / n
    sd = sqrt(fsum((value - mean) ** 2 for value in present) / (n - 1)) if n > 1 else None
    return Statistic(n, mean, sd, absent)
