"""The signs `±` and `∓` in formulas: the upper sign applies to runs that add, the lower to runs that subtract."""

from __future__ import annotations

_SIGNS = {"add": str.maketrans("±∓", "+-"), "subtract": str.maketrans("±∓", "-+")}


def with_operation_signs(text: str, operation: str | None) -> str:
    """Replace `±` and `∓` by the signs of an operation. With None (no run is open yet) the text is unchanged.

    >>> with_operation_signs("cos(x±y) = cos cos ∓ sin sin", "subtract")
    'cos(x-y) = cos cos + sin sin'
    """
    return text if operation is None else text.translate(_SIGNS[operation])
