"""The numbers that a drawing shows, and which of them the answer does not explain."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from grok_tui.render.table import Table

# A number, with what would follow if it were cut: `9,00`, `0.`, `1e-`. A comma before a space separates two numbers.
_NUMBER = re.compile(r"(?<![\w.,])\d(?:[\d,]*\d)?(?:\.\d*)?(?:e[+-]?\d*)?(?![\d\w])")
_WHOLE = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e(?:0|-?[1-9]\d*|[+-]0\d|\+[1-9]\d+))?")

_VERTICAL_TICK = re.compile(r"[\d.,e+-]+(?=┤)")
_LEFT_OUT = re.compile(r"\d+ (?:more|of them)")  # as in `… 4 more, 3 of them above`


def numbers_in(text: str) -> list[str]:
    """The numbers of a text, as they are written, without their signs; a full stop at the end is none of them."""
    return [number.removesuffix(".") if number.count(".") == 1 else number for number in _NUMBER.findall(text)]


def is_whole(number: str) -> bool:
    """Whether a number is written as one: its digits in groups of three, decimals after the point, a whole exponent."""
    return _WHOLE.fullmatch(number) is not None


def values_in(table: Table) -> set[float]:
    """The sizes of all numbers of a table, also as percentages, and those in its texts."""
    return set(_values(value for row in table.rows for value in row))


def _values(cells: Iterable[object]) -> Iterator[float]:
    for cell in cells:
        if isinstance(cell, str):
            yield from (float(number.replace(",", "")) for number in numbers_in(cell) if is_whole(number))
        elif isinstance(cell, int | float):
            yield abs(float(cell))
            yield 100 * abs(float(cell))


def is_rounded_from(number: str, values: Iterable[float]) -> bool:
    """Whether a whole number is one of some values, rounded to the digits that are drawn."""
    mantissa, _, exponent = number.replace(",", "").partition("e")
    decimals = len(mantissa.partition(".")[2])
    half_step = 0.5001 * 10.0 ** (int(exponent or 0) - decimals)
    drawn = float(number.replace(",", ""))
    return any(abs(drawn - value) <= half_step for value in values)


def without_ticks(lines: Sequence[str]) -> list[str]:
    """Remove the numbers that depend on the size of a drawing: ticks, and the counts of omitted rows."""
    below_axes = (before.count("┬") > 0 for before in ["", *lines])
    return [
        "" if is_below_axis else _LEFT_OUT.sub("", _VERTICAL_TICK.sub("", line))
        for line, is_below_axis in zip(lines, below_axes, strict=False)
    ]
