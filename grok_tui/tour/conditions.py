"""Conditions of sentences: comparisons of numbers of the run, such as `excluded_loss > excluded_loss@memorised`."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
}
_COMPARISON = re.compile(r"\s*(?P<left>[^<>=!]+?)\s*(?P<operator><=|>=|==|!=|<|>)\s*(?P<right>[^<>=!]+?)\s*")


@dataclass(frozen=True)
class Name:
    """A placeholder, at the epoch of the stop or at another by its name.

    >>> Name.parse("test_loss@circuit formation")
    Name(placeholder='test_loss', epoch='circuit formation')
    """

    placeholder: str
    epoch: str | None = None

    @classmethod
    def parse(cls, text: str) -> Name:
        placeholder, _, epoch = text.partition("@")
        return cls(placeholder.strip(), epoch.strip() or None)


@dataclass(frozen=True)
class Comparison:
    """Two numbers or names, and the operator between them."""

    left: Name | float
    operator: str
    right: Name | float

    @property
    def names(self) -> Iterator[Name]:
        return (side for side in (self.left, self.right) if isinstance(side, Name))


Condition = tuple[Comparison, ...]  # all of them


def parse_condition(text: str) -> Condition:
    """The comparisons of a condition, which are joined by `and`.

    Raises:
        ValueError: a part is not a comparison of two numbers or names.

    >>> parse_condition("test_loss > 0.5")
    (Comparison(left=Name(placeholder='test_loss', epoch=None), operator='>', right=0.5),)
    """
    return tuple(map(_comparison, re.split(r"\band\b", text)))


def holds(condition: Condition, value_of: Callable[[Name], float | None]) -> bool:
    """Whether all comparisons hold; one with an absent number does not."""
    return all(_holds(comparison, value_of) for comparison in condition)


def _comparison(text: str) -> Comparison:
    found = _COMPARISON.fullmatch(text)
    if found is None:
        raise ValueError(f"{text.strip()!r} is not a comparison, such as test_loss > 0.5")
    return Comparison(_side(found["left"]), found["operator"], _side(found["right"]))


def _side(text: str) -> Name | float:
    try:
        return float(text)
    except ValueError:
        return Name.parse(text)


def _holds(comparison: Comparison, value_of: Callable[[Name], float | None]) -> bool:
    left, right = (value_of(side) if isinstance(side, Name) else side for side in (comparison.left, comparison.right))
    return left is not None and right is not None and _OPERATORS[comparison.operator](left, right)
