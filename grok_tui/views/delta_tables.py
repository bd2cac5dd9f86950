"""Two tables of one view as one: rows about the same thing side by side, and by how much their numbers differ."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from grok_tui.render.table import Column, Table, Value

_Row = tuple[Value, ...]


@dataclass(frozen=True)
class _Match:
    """What two tables say of the same things; a row or a column that one of them lacks is None there."""

    keys: tuple[Column, ...]
    columns: tuple[Column, ...]  # without the keys
    rows: tuple[tuple[_Row, _Row, _Row], ...]  # the key, a's values, b's values
    subtracted: tuple[bool, ...]  # by column: whether its values are numbers, and not names


def compare_tables(a: Table, b: Table) -> Table:
    """The keys; then of each other column `x` the values `x_a` and `x_b` and, of numbers, `x_delta` = a - b.

    a's rows come first, in its order, then those that only b has. What is absent on one side has no delta.
    """
    match = _matched(a, b)
    named = [*match.keys]
    for column, subtracted in zip(match.columns, match.subtracted, strict=True):
        named += [replace(column, name=f"{column.name}_{side}") for side in ("a", "b")]
        named += [replace(column, name=f"{column.name}_delta")] * subtracted
    return _rows_of(match, tuple(named), lambda of_a, of_b, subtracted: (of_a, of_b, *_delta(of_a, of_b, subtracted)))


def deltas_to_draw(a: Table, b: Table) -> Table:
    """The same for the eye: a's values, beside each number what it differs by, beside each name b's."""
    match = _matched(a, b)
    named = [*match.keys]
    for column, subtracted in zip(match.columns, match.subtracted, strict=True):
        spec = f"+{column.format}" if subtracted else column.format
        named += [column, Column("delta" if subtracted else "b", format=spec)]
    return _rows_of(
        match,
        tuple(named),
        lambda of_a, of_b, subtracted: (of_a, *(_delta(of_a, of_b, True) if subtracted else (of_b,))),
    )


def turned(table: Table, a: str, b: str) -> Table:
    """A comparison that has but one row, as a row a quantity: its value in a, in b, and the delta."""
    columns = (Column("quantity"), Column(a, format=".4g"), Column(b, format=".4g"), Column("delta", format="+.4g"))
    cells = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
    names = [column.name.removesuffix("_a") for column in table.columns if column.name.endswith("_a")]
    rows = ((name, *(row.get(f"{name}_{part}") for part in ("a", "b", "delta"))) for row in cells for name in names)
    return Table(columns, tuple(rows))


def at_epoch(table: Table, epoch: int) -> Table:
    """The rows of one epoch of a table by epoch, without their epoch."""
    rows = tuple(row[1:] for row in table.rows if row[0] == epoch)
    return Table(table.columns[1:], rows, table.keys - 1)


def _matched(a: Table, b: Table) -> _Match:
    known = {column.name for column in a.columns}
    columns = (*a.columns[a.keys :], *(column for column in b.columns[b.keys :] if column.name not in known))
    of_a, of_b = _by_key(a), _by_key(b)
    keys = [*of_a, *(key for key in of_b if key not in of_a)]

    def values_of(side: dict[_Row, dict[str, Value]], key: _Row) -> _Row:
        return tuple(side.get(key, {}).get(column.name) for column in columns)

    rows = tuple((key, values_of(of_a, key), values_of(of_b, key)) for key in keys)
    values = [[row[side][index] for row in rows for side in (1, 2)] for index in range(len(columns))]
    numeric = [all(value is None or type(value) in (int, float) for value in found) for found in values]
    subtracted = tuple(yes and not column.names for yes, column in zip(numeric, columns, strict=True))
    return _Match(a.columns[: a.keys], columns, rows, subtracted)


def _by_key(table: Table) -> dict[_Row, dict[str, Value]]:
    """Each row's values by the name of their column, by its key."""
    names = [column.name for column in table.columns[table.keys :]]
    return {row[: table.keys]: dict(zip(names, row[table.keys :], strict=True)) for row in table.rows}


def _rows_of(match: _Match, columns: tuple[Column, ...], cells: Callable[[Value, Value, bool], _Row]) -> Table:
    rows = []
    for key, of_a, of_b in match.rows:
        pairs = zip(of_a, of_b, match.subtracted, strict=True)
        rows.append((*key, *(value for pair in pairs for value in cells(*pair))))
    return Table(columns, tuple(rows), len(match.keys))


def _delta(a: Value, b: Value, subtracted: bool) -> _Row:
    """a - b as the one value of a column; no column where nothing is subtracted."""
    if not subtracted:
        return ()
    if isinstance(a, int | float) and isinstance(b, int | float):
        return (a - b,)
    return (None,)
