"""The run's operation in texts: `x ± y` in formulas becomes the operation, the other signs those of its indices.

The upper sign of `±` and `∓` applies to runs that add, the lower to runs that subtract. Multiplication and division add
and subtract the logarithms of their tokens.
"""

from __future__ import annotations

import re

_RESULTS = {
    "add": "{x} + {y}",
    "subtract": "{x} - {y}",
    "multiply": "{x} · {y}",
    "divide": "{x} / {y}",
    "x^2+y^2": "{x}^2 + {y}^2",
    "x^2+xy+y^2": "{x}^2 + {x}·{y} + {y}^2",
    "x^3+xy": "{x}^3 + {x}·{y}",
    "table": "table({x}, {y})",
}
_OPPOSITES = {"add": "subtract", "subtract": "add", "multiply": "divide", "divide": "multiply"}
_SIGNS = {"add": "+-", "subtract": "-+", "multiply": "+-", "divide": "-+"}
_RESULT = re.compile(r"x( ?)([±∓]) ?y(?:( ?)- ?z)?")


def result(operation: str) -> str:
    """The operation on x and y, without `mod p`.

    >>> result("add"), result("multiply"), result("x^2+y^2")
    ('x + y', 'x · y', 'x^2 + y^2')
    """
    return _RESULTS[operation].format(x="x", y="y")


def result_of_pair(operation: str, x: int, y: int) -> str:
    """The operation on two numbers, without `mod p`.

    >>> result_of_pair("add", 3, 4), result_of_pair("multiply", 3, 4)
    ('3 + 4', '3 × 4')
    """
    return _RESULTS[operation].format(x=x, y=y).replace("·", "×")  # a dot between numbers reads as a decimal point


def with_operation_signs(text: str, operation: str | None) -> str:
    """Replace `x±y` by the operation, and other `±` and `∓` by the signs of its indices.

    With None (no run is open, or many are on show) the text is unchanged.

    >>> with_operation_signs("cos(x±y) = cos cos ∓ sin sin", "subtract")
    'cos(x-y) = cos cos + sin sin'
    >>> with_operation_signs("cos(x±y-z) = cos cos ∓ sin sin", "multiply")
    'cos(x·y/z) = cos cos - sin sin'
    """
    if operation is None:
        return text

    def replaced(match: re.Match[str]) -> str:
        space, sign, before_z = match.groups()
        shown = result(operation if sign == "±" else _OPPOSITES.get(operation, operation))
        if before_z is not None:
            shown += " / z" if operation in ("multiply", "divide") else " - z"
        return shown if space else shown.replace(" ", "")

    text = _RESULT.sub(replaced, text)
    return text.translate(str.maketrans("±∓", _SIGNS[operation])) if operation in _SIGNS else text
