"""Two tables of one view joined by their key columns, with the differences of their numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import compress

from grok_tui.render.table import Column, Table, Value

_Row = tuple[Value, ...]


@dataclass(frozen=True)
class _Match:
    """The rows of two tables matched by key; values of a row or column that one table lacks are None."""

    keys: tuple[Column, ...]
    columns: tuple[Column, ...]  # without the keys
    rows: tuple[tuple[_Row, _Row, _Row], ...]  # key, values of a, values of b
    subtracted: tuple[bool, ...]  # for each column: whether it has a delta, that is, holds numbers and not names


def compare_tables(a: Table, b: Table, heading: str = "b") -> Table:
    """Join two tables: the key columns, then for each column `x` the columns `x_a`, `x_b` and `x_delta` = a - b.

    Columns of names or text have no delta; a value that one side lacks has the delta None. The rows of a come first,
    in its order, then those that only b has. `heading` is the title of the columns of b in drawings.
    """
    match = _matched(a, b)
    columns = [*match.keys]
    for column, subtracted in zip(match.columns, match.subtracted, strict=True):
        columns.append(replace(column, name=f"{column.name}_a", title=column.title or column.name))
        columns.append(replace(column, name=f"{column.name}_b", title=heading))
        if subtracted:
            columns.append(Column(f"{column.name}_delta", title="delta", format="+" + column.format.removeprefix("+")))
    rows = []
    for key, values_a, values_b in match.rows:
        cells = [*key]
        for value, other, subtracted in zip(values_a, values_b, match.subtracted, strict=True):
            cells += [value, other, _delta(value, other)] if subtracted else [value, other]
        rows.append(tuple(cells))
    return Table(tuple(columns), tuple(rows), a.keys)


def without_b(compared: Table) -> Table:
    """A joined table without the columns of b that have a delta, to save room."""
    names = {column.name for column in compared.columns}
    wanted = [not column.name.endswith("_b") or f"{column.name[:-2]}_delta" not in names for column in compared.columns]
    rows = tuple(tuple(compress(row, wanted)) for row in compared.rows)
    return Table(tuple(compress(compared.columns, wanted)), rows, compared.keys)


def by_quantity(table: Table, a: str, b: str) -> Table:
    """A joined table without keys, transposed: a row for each quantity, with its value in a, in b, and the delta."""
    columns = (Column("quantity"), Column(a, format=".4g"), Column(b, format=".4g"), Column("delta", format="+.4g"))
    cells = [dict(zip((column.name for column in table.columns), row, strict=True)) for row in table.rows]
    names = [column.name.removesuffix("_a") for column in table.columns if column.name.endswith("_a")]
    rows = ((name, *(row.get(f"{name}_{part}") for part in ("a", "b", "delta"))) for row in cells for name in names)
    return Table(columns, tuple(rows))


def at_epoch(table: Table, epoch: int) -> Table:
    """The rows of one epoch, without the column of the epoch."""
    rows = tuple(row[1:] for row in table.rows if row[0] == epoch)
    return Table(table.columns[1:], rows, table.keys - 1)


def _matched(a: Table, b: Table) -> _Match:
    known = {column.name for column in a.columns}
    columns = (*a.columns[a.keys :], *(column for column in b.columns[b.keys :] if column.name not in known))
    rows_a, rows_b = _by_key(a), _by_key(b)
    keys = [*rows_a, *(key for key in rows_b if key not in rows_a)]

    def values_of(side: dict[_Row, dict[str, Value]], key: _Row) -> _Row:
        return tuple(side.get(key, {}).get(column.name) for column in columns)

    rows = tuple((key, values_of(rows_a, key), values_of(rows_b, key)) for key in keys)
    values = [[row[side][index] for row in rows for side in (1, 2)] for index in range(len(columns))]
    numeric = [all(value is None or type(value) in (int, float) for value in column) for column in values]
    subtracted = tuple(is_numeric and not column.names for is_numeric, column in zip(numeric, columns, strict=True))
    return _Match(a.columns[: a.keys], columns, rows, subtracted)


def _by_key(table: Table) -> dict[_Row, dict[str, Value]]:
    """The values of each row by column name, by the key of the row."""
    names = [column.name for column in table.columns[table.keys :]]
    return {row[: table.keys]: dict(zip(names, row[table.keys :], strict=True)) for row in table.rows}


def _delta(a: Value, b: Value) -> float | None:
    return a - b if isinstance(a, int | float) and isinstance(b, int | float) else None
