"""Numbers that have left the range of their dtype are said, not shown."""

from __future__ import annotations

import torch
from torch import Tensor

from engine.errors import GrokError


class OutOfRange(GrokError):
    """Weights so large that what follows from them overflows."""


def require_finite(what: str, numbers: Tensor) -> Tensor:
    """The same numbers, if all of them are finite; `what` begins the sentence that says otherwise.

    Raises:
        OutOfRange: some are NaN or infinite.
    """
    if numbers.numel() and not all(bool(end.isfinite()) for end in torch.aminmax(numbers)):
        remedy = "its metrics would be meaningless" if numbers.dtype == torch.float64 else "pass --dtype float64"
        name = str(numbers.dtype).removeprefix("torch.")
        raise OutOfRange(f"{what} exceeds the range of {name}: the weights are too large; {remedy}.")
    return numbers
