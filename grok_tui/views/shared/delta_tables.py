"""Two tables of one view as one: rows about the same thing side by side, and by how much their numbers differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

from grok_tui.render.table import Column, Table, Value

_Row = tuple[Value, ...]


@dataclass(frozen=True)
class _Match:
    """What two tables say of the same things; a row or a column that one of them lacks is None there."""

    keys: tuple[Column, ...]
    columns: tuple[Column, ...]  # without the keys
    rows: tuple[tuple[_Row, _Row, _Row], ...]  # the key, a's values, b's values
    subtracted: tuple[bool, ...]  # by column: whether its values are numbers, and not names


def compare_tables(a: Table, b: Table, heading: str = "b") -> Table:
    """The keys; then of each other column `x` the values `x_a` and `x_b` and, of numbers, `x_delta` = a - b.

    `heading` stands over b's values where the table is drawn. a's rows come first, in its order, then those that only
    b has. What is absent on one side has no delta.
    """
    match = _matched(a, b)
    columns = [*match.keys]
    for column, subtracted in zip(match.columns, match.subtracted, strict=True):
        columns.append(replace(column, name=f"{column.name}_a", title=column.title or column.name))
        columns.append(replace(column, name=f"{column.name}_b", title=heading))
        if subtracted:
            columns.append(Column(f"{column.name}_delta", title="delta", format="+" + column.format.removeprefix("+")))
    rows = []
    for key, of_a, of_b in match.rows:
        cells = [*key]
        for value, other, subtracted in zip(of_a, of_b, match.subtracted, strict=True):
            cells += [value, other, _delta(value, other)] if subtracted else [value, other]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows), a.keys)


def without_b(compared: Table) -> Table:
    """A comparison without those of b's values that a delta tells as well: for where there is little room."""
    names = {column.name for column in compared.columns}
    told = [not column.name.endswith("_b") or f"{column.name[:-2]}_delta" not in names for column in compared.columns]
    rows = tuple(tuple(compress(row, told)) for row in compared.rows)
    return Table(tuple(compress(compared.columns, told)), rows, compared.keys)


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


def _delta(a: Value, b: Value) -> float | None:
    return a - b if isinstance(a, int | float) and isinstance(b, int | float) else None
