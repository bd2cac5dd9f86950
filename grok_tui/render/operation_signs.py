"""Formulas for both kinds of runs: `±` and `∓`, the upper sign where a run adds, the lower where it subtracts."""

from __future__ import annotations

_SIGNS = {"add": str.maketrans("±∓", "+-"), "subtract": str.maketrans("±∓", "-+")}


def with_operation_signs(text: str, operation: str | None) -> str:
    """The text with the signs of an operation; None, where the run is not open yet, leaves both.

    >>> signed("cos(x±y) = cos cos ∓ sin sin", "subtract")
    'cos(x-y) = cos cos + sin sin'
    """
    return text if operation is None else text.translate(_SIGNS[operation])
