"""Export a table as HTML that inherits the colours and the font around it, in a light page as in a dark one."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from grok_tui.render.cell_text import clean, from_cells
from grok_tui.render.table import Column, Table, Value, is_numeric, text_of

_TABLE = "border-collapse: collapse; color: inherit; background: transparent; font-variant-numeric: tabular-nums"
_CAPTION = "caption-side: top; text-align: left; color: inherit; padding-bottom: 0.5em"
_CELL = "padding: 0.15em 0.6em; border-bottom: 1px solid rgba(128, 128, 128, 0.35); text-align: {align}"


def to_html(table: Table, caption: Sequence[str], most: int | None = None) -> str:
    """A table element: the first line of the caption is bold, headers say what they head, an absent value is `–`.

    With more than `most` rows, a last row says how many are left out.
    """
    aligned = ["right" if is_numeric(table.rows, index) else "left" for index in range(len(table.columns))]
    shown = table.rows[:most]
    head = "".join(
        f'<th scope="col" style="{_CELL.format(align=align)}">{_text(column.title or column.name)}</th>'
        for column, align in zip(table.columns, aligned, strict=True)
    )
    rows = [_row(row, table, aligned) for row in shown]
    hidden = len(table.rows) - len(shown)
    if hidden:
        rows.append(
            f'<tr><td colspan="{len(table.columns)}" style="{_CELL.format(align="left")}">… {hidden:,} more</td></tr>'
        )
    return (
        f'<table style="{_TABLE}">\n<caption style="{_CAPTION}">{caption_html(caption)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>\n"
    )


def caption_html(lines: Sequence[str]) -> str:
    """Lines of a caption, the first of them bold."""
    title, *others = map(_text, lines)
    return "<br>".join([f"<strong>{title}</strong>", *(f"<small>{line}</small>" for line in others)])


def _row(row: Sequence[Value], table: Table, aligned: Sequence[str]) -> str:
    """A row; the columns that identify it are headers."""
    cells = []
    for index, (value, column, align) in enumerate(zip(row, table.columns, aligned, strict=True)):
        tag, scope = ("th", ' scope="row"') if index < table.keys else ("td", "")
        style = _CELL.format(align=align) + ("; font-weight: normal" if tag == "th" else "")
        cells.append(f'<{tag}{scope} style="{style}">{_cell(value, column)}</{tag}>')
    return f"<tr>{''.join(cells)}</tr>"


def _cell(value: Value, column: Column) -> str:
    return _text(value if isinstance(value, str) else from_cells(text_of(value, column)))


def _text(text: str) -> str:
    return escape(clean(text))
