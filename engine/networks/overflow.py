"""Raise a clear error when values overflow their dtype."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import GrokError


class OutOfRange(GrokError):
    """The weights are so large that values computed from them overflow."""


def is_finite(values: Tensor) -> bool:
    """Whether no value is NaN or infinite."""
    if not values.is_floating_point():
        return bool(values.isfinite().all())
    # NaN propagates to the minimum and the maximum, so these two decide, in a fraction of the time.
    return not values.numel() or all(bool(extreme.isfinite()) for extreme in torch.aminmax(values))


def require_finite(name: str, values: Tensor) -> Tensor:
    """Return `values` if all of them are finite; `name` is what the error message calls them.

    Raises:
        OutOfRange: a value is NaN or infinite.
    """
    if not is_finite(values):
        remedy = "its metrics would be meaningless" if values.dtype == torch.float64 else "pass --dtype float64"
        dtype = str(values.dtype).removeprefix("torch.")
        raise OutOfRange(f"{name} exceeds the range of {dtype}: the weights are too large; {remedy}.")
    return values
