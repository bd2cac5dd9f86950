"""The names that people give to operations: words, signs, formulas in any spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping

from engine.networks.config import Operation

# The operation's names without spaces, `mod p` and enclosing brackets, in lower case.
_OPERATION_NAMES: Mapping[Operation, str] = {
    "add": "add addition + plus sum x+y addmod add_mod",
    "subtract": "subtract subtraction sub - minus difference diff x-y",
    "multiply": "multiply multiplication mul mult * × · times product prod x*y xy x·y",
    "divide": "divide division div / ÷ x/y x*y^-1 x*y^(-1)",
    "x^2+y^2": "x^2+y^2 x2y2 x2+y2 x*x+y*y squares sum_of_squares sum_squares add_squares sum-of-squares",
    "x^2+xy+y^2": "x^2+xy+y^2 x^2+x*y+y^2 x2xyy2 x2+xy+y2",
    "x^3+xy": "x^3+xy x^3+x*y x3xy x3+xy",
}
_OPERATION_OF = {name: operation for operation, names in _OPERATION_NAMES.items() for name in names.split()}
# Words in longer texts such as "modular_addition" or "mod_add".
_OPERATION_WORDS: tuple[tuple[str, Operation], ...] = (
    ("subtract", "subtract"),
    ("subtraction", "subtract"),
    ("addition", "add"),
    ("multiplication", "multiply"),
    ("division", "divide"),
    ("add", "add"),
    ("sub", "subtract"),
    ("mul", "multiply"),
    ("mult", "multiply"),
    ("div", "divide"),
    ("sum", "add"),
    ("plus", "add"),
    ("minus", "subtract"),
    ("difference", "subtract"),
    ("times", "multiply"),
    ("product", "multiply"),
)
# Words that say that the operation is not the one of `_OPERATION_WORDS` beside them: "sum of cubes".
_OTHER_FORMULAS = ("square", "cube", "quad", "cubic", "poly", "power")


def parse_operation(text: str) -> Operation | None:
    """The operation that a text names, a formula or a word; None if it names none.

    >>> [parse_operation(text) for text in ("+", "lambda x: (x[0]-x[1])%59", "a*b mod p", "modular_addition", "cos")]
    ['add', 'subtract', 'multiply', 'add', None]
    """
    formula = re.sub(r"\s+", "", text.lower())
    formula = re.sub(r"^lambda[^:]*:", "", formula)
    formula = re.sub(r"(?:\(mod\w*\)|mod\w*|%\(?\w+\)?)$", "", formula).rstrip("_") or formula
    formula = formula.replace("x[0]", "x").replace("x[1]", "y").replace("**", "^").replace("²", "^2")
    formula = re.sub(r"\bpow\((\w),(\d)\)", r"\1^\2", formula)
    if "x" not in formula:
        formula = re.sub(r"\ba\b", "x", re.sub(r"\bb\b", "y", formula)).replace("ab", "xy")
    while formula.startswith("(") and formula.endswith(")"):
        formula = formula[1:-1]
    if formula in _OPERATION_OF:
        return _OPERATION_OF[formula]
    words = re.split(r"[^a-z]+", text.lower())
    if any(word.startswith(_OTHER_FORMULAS) for word in words):
        return None
    found = {operation for word in words for stem, operation in _OPERATION_WORDS if word in (stem, f"mod{stem}")}
    return found.pop() if len(found) == 1 else None
