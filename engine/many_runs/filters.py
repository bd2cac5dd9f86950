"""Filters of rows: `weight_decay>=1 seed<4 state=finished`; a row must match all of the terms."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.errors import WrongUsage
from engine.many_runs.fields import Value, find_field, value_of
from engine.many_runs.run_row import RunRow

_TERM = re.compile(r"""\s*([\w.^+*-]+?)\s*(<=|>=|!=|==|=|<|>)\s*("[^"]*"|'[^']*'|[^\s"']+)(?=\s|$)""")
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ABSENT = ("none", "absent")
_BOOLEANS = {"true": True, "yes": True, "false": False, "no": False}
GRAMMAR = "a filter is FIELD=VALUE, FIELD!=VALUE or with < <= > >=, such as weight_decay>=1 seed=0,1,2 grokked!=none"


class InvalidFilter(WrongUsage):
    """A filter that cannot be parsed, or does not fit the kind of its field."""


@dataclass(frozen=True)
class Term:
    """One comparison; `texts` are the alternatives of `=` and `!=`, one number for the others."""

    field: str
    comparison: str
    texts: tuple[str, ...]

    def matches(self, row: RunRow) -> bool:
        """Whether a row matches. An absent value matches `=none`, and otherwise nothing."""
        value = value_of(row, self.field)
        if self.comparison in _ORDERS:
            number = _number(self.texts[0])
            return isinstance(value, int | float) and number is not None and _ORDERS[self.comparison](value, number)
        if value is None:
            return self.comparison == "=" and _is_absent(self.texts)
        found = any(_equals(value, text) for text in self.texts)
        return found == (self.comparison == "=")


@dataclass(frozen=True)
class Filter:
    """Terms that a row must match, all of them."""

    terms: tuple[Term, ...] = ()

    def matches(self, row: RunRow) -> bool:
        return all(term.matches(row) for term in self.terms)

    def may_match(self, row: RunRow) -> bool:
        """Whether a row matches, or may do so once its metrics are known."""
        unknown = row.measured is None
        return all(term.matches(row) or (unknown and value_of(row, term.field) is None) for term in self.terms)


def filter_rows(rows: Sequence[RunRow], *texts: str) -> list[RunRow]:
    """The rows that match all filters.

    `FIELD=a,b` matches either value, `FIELD=none` an absent one; `key_frequencies=14` matches runs that have 14 among
    others. A value with blanks is quoted: `prompt="x y ="`.

    Raises:
        WrongUsage: a filter cannot be parsed, no row has a field, or a field is not a number where one is compared.
    """
    found = checked_filter(" ".join(texts), rows)
    return [row for row in rows if found.matches(row)]


def checked_filter(text: str, rows: Sequence[RunRow]) -> Filter:
    """Parse a filter and check it against the rows; raises as `filter_rows`."""
    terms = tuple(replace(term, field=find_field(term.field, rows)) for term in parse_filter(text).terms)
    for term in terms:
        _check_kind(term, rows)
    return Filter(terms)


def parse_filter(text: str) -> Filter:
    """Parse a filter without knowing the rows.

    >>> parse_filter("weight_decay>=1 state=finished,stopped").terms[1]
    Term(field='state', comparison='=', texts=('finished', 'stopped'))

    Raises:
        InvalidFilter: it cannot be parsed.
    """
    terms, place = [], 0
    while text[place:].strip():
        match = _TERM.match(text, place)
        if match is None:
            raise InvalidFilter(f"Found {text[place:].strip()!r}; {GRAMMAR}.")
        field, comparison, value = match.groups()
        quoted = value[0] in "\"'"
        texts = (value[1:-1],) if quoted else tuple(value.split(","))
        terms.append(Term(field, "=" if comparison == "==" else comparison, texts))
        place = match.end()
    return Filter(tuple(terms))


def _check_kind(term: Term, rows: Sequence[RunRow]) -> None:
    """Check that an order compares numbers."""
    if term.comparison not in _ORDERS:
        return
    if len(term.texts) != 1 or _number(term.texts[0]) is None:
        raise InvalidFilter(f"{term.comparison} compares with a number; found {','.join(term.texts)!r}.")
    values = [value for row in rows if (value := value_of(row, term.field)) is not None]
    if values and not any(isinstance(value, int | float) for value in values):
        hint = "use n_key_frequencies" if term.field == "key_frequencies" else "use = or !="
        raise InvalidFilter(f"{term.field} is not a number, so {term.comparison} does not apply; {hint}.")


def _equals(value: Value, text: str) -> bool:
    if isinstance(value, tuple):
        return any(_equals(item, text) for item in value)
    if isinstance(value, bool):
        return _BOOLEANS.get(text.lower()) is value
    if isinstance(value, str):
        return value == text
    return value is not None and value == _number(text)


def _is_absent(texts: tuple[str, ...]) -> bool:
    return any(text.lower() in _ABSENT for text in texts)


def _number(text: str) -> float | None:
    try:
        return float(text.replace("_", ""))
    except ValueError:
        return None
