"""Export a table as Markdown."""

from __future__ import annotations

from grok_tui.render.cell_text import clean
from grok_tui.render.table import Column, Table, Value, text_of


def to_markdown(table: Table) -> str:
    """A Markdown table: values in the formats of their columns, numbers aligned right, an absent value as `–`."""
    numeric = [_numeric(table, index) for index in range(len(table.columns))]
    lines = [
        _row([column.title or column.name for column in table.columns]),
        _row(["---:" if number else "---" for number in numeric]),
        *(_row([_cell(v, c) for v, c in zip(row, table.columns, strict=True)]) for row in table.rows),
    ]
    return "\n".join(lines) + "\n"


def _numeric(table: Table, index: int) -> bool:
    values = [row[index] for row in table.rows if row[index] is not None]
    return bool(values) and not any(isinstance(value, str | bool) for value in values)


def _cell(value: Value, column: Column) -> str:
    return clean(value if isinstance(value, str) else text_of(value, column)).replace("|", "\\|")


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
