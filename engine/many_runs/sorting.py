"""Sort rows by any fields: numbers by size, text in natural order, absent values last."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from engine.errors import WrongUsage
from engine.many_runs.fields import Value, find_field, value_of
from engine.many_runs.run_row import RunRow

_DIGITS = re.compile(r"(\d+)")
Key = tuple[object, ...]


def sort_rows(rows: Iterable[RunRow], order: str) -> list[RunRow]:
    """Sort by fields such as `weight_decay,seed`; `-test_loss` or `test_loss:desc` sorts in descending order.

    Rows without a value come last in either order; equal rows stay in their order.

    Raises:
        WrongUsage: no field is named, or no row has it.
    """
    found = list(rows)
    for name, descending in reversed(parse_order(order, found)):
        present = [row for row in found if value_of(row, name) is not None]
        absent = [row for row in found if value_of(row, name) is None]
        present.sort(key=lambda row, name=name: sort_key(value_of(row, name)), reverse=descending)  # type: ignore[misc]
        found = present + absent
    return found


def parse_order(order: str, rows: Sequence[RunRow]) -> list[tuple[str, bool]]:
    """The fields of an order, each with whether it is descending; raises as `sort_rows`."""
    parsed = []
    for word in order.split(","):
        name, _, direction = word.strip().partition(":")
        if not name.lstrip("-") or direction not in ("", "asc", "desc"):
            raise WrongUsage(f"--sort is FIELD, -FIELD or FIELD:desc, such as -test_loss; found {order!r}.")
        parsed.append((find_field(name.lstrip("-"), rows), name.startswith("-") or direction == "desc"))
    return parsed


def sort_key(value: Value) -> Key:
    """A key for values of any kind: absent ones first, numbers before text, the numbers in text by size.

    >>> sorted(["run10", "run9", 3, None, 0.5], key=sort_key)
    [None, 0.5, 3, 'run9', 'run10']
    """
    if value is None:
        return (0,)
    if isinstance(value, tuple):
        return 3, value
    return (2, _natural(value)) if isinstance(value, str) else (1, value)


@lru_cache(maxsize=16_384)  # the names of runs are sorted again and again
def _natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Text with its numbers as numbers; pairs, because a number and text do not compare."""
    return tuple((0, int(part)) if part.isdigit() and part.isascii() else (1, part) for part in _DIGITS.split(text))
