"""Absent values: NaN in arrays, None in tables and JSON. Imports no torch and no numpy."""

from __future__ import annotations

from math import isfinite, isnan


def none_if_nan(value: float) -> float | None:
    """A number of an array as a Python float; None for NaN.

    >>> none_if_nan(0.5), none_if_nan(float("nan")), none_if_nan(float("inf"))
    (0.5, None, inf)
    """
    return None if isnan(value) else float(value)


def none_unless_finite(value: float | None) -> float | None:
    """A number as JSON can hold it; None for NaN, the infinities and None.

    >>> none_unless_finite(0.5), none_unless_finite(float("inf")), none_unless_finite(None)
    (0.5, None, None)
    """
    return None if value is None or not isfinite(value) else float(value)
