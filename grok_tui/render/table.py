"""Rows of named columns, and how they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grok_tui.render.cells import Drawing, Line, Span, Style, clean
from grok_tui.render.palette import Palette, mix

Value = str | int | float | bool | None
_NARROWEST, _NARROWEST_KEY = 6, 12  # columns of a text; one that says what a row is about is not cut to a stump
_MEASURED = 1000  # rows beyond these do not widen a column unless they are on the screen


@dataclass(frozen=True)
class Column:
    """`format` is a format spec such as ",.3f", "d" or ".3e"; numbers stand right, text left.

    `title` and `absent` are drawn in place of the name and of None. `names` marks numbers that are names, such as a
    frequency: they can be compared, but not subtracted.
    """

    name: str
    format: str = ""
    title: str = ""
    absent: str = "–"
    names: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of as many values as there are columns, the first `keys` of which say what the row is about."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    keys: int = 1


def draw_table(
    table: Table,
    width: int,
    height: int,
    palette: Palette,
    *,
    selected: int | None = None,
    scroll_to_selected: bool = True,
) -> Drawing:
    """The table at exactly that size: text narrowed, then last columns dropped; rows scrolled to `selected`.

    None is shown as "–"; what does not fit is counted in a last line. The selected row has a mark, too.
    """
    if width <= 0 or height <= 0:
        return Drawing(max(width, 0), ((),) * max(height, 0))
    body = max(height - 1, 0)
    crowded = len(table.rows) > body
    count = max(body - 1, min(body, 1)) if crowded else len(table.rows)
    start = 0
    if selected is not None and scroll_to_selected and selected >= count:
        start = max(0, min(selected - count // 2, len(table.rows) - count))
    visible = table.rows[start : start + count]

    gutter = 2 if selected is not None else 0
    texts = [[palette.text(clean(_shown(v, c))) for v, c in zip(row, table.columns, strict=True)] for row in visible]
    right = [_numeric(table.rows[:_MEASURED], index) for index in range(len(table.columns))]
    widths = _widths(table, texts, right, width - gutter, palette)

    header = [palette.text(clean(_title(column))) for column in table.columns]
    lines: list[str | Line] = []
    muted = palette.style(palette.muted, bold=True)
    dropped = len(table.columns) - len(widths)
    head = " " * gutter + _row(header, widths, right, palette)
    lines.append((Span(head + (palette.text("  …") if dropped else ""), muted),))
    ink = palette.style(palette.foreground)
    chosen = palette.style(palette.foreground, mix(palette.background, palette.accent, 0.22), bold=True)
    for index, row in enumerate(texts, start):
        text = _row(row, widths, right, palette)
        if index == selected:
            mark = palette.text("▸") + " "
            lines.append((Span((mark + text).ljust(width), chosen),))
        else:
            lines.append((Span(" " * gutter + text, ink),))
    if crowded and body > 1:
        hidden = len(table.rows) - len(visible)
        note = f"… {hidden:,} more" + (f", {start:,} of them above" if start else "")
        lines.append((Span(palette.text(" " * gutter + note), palette.style(palette.muted)),))
    lines.extend([""] * (height - len(lines)))
    return Drawing.of_lines(lines[:height], width, Style())


def table_width(table: Table) -> int:
    """Columns of the screen that the table needs for nothing to be cut."""
    widest = [len(_title(column)) for column in table.columns]
    for row in table.rows[:_MEASURED]:
        widest = [max(w, len(_shown(v, c))) for w, v, c in zip(widest, row, table.columns, strict=True)]
    return sum(widest) + 2 * (len(widest) - 1)


def _title(column: Column) -> str:
    return column.title or column.name


def _shown(value: Value, column: Column) -> str:
    if value is None:
        return column.absent
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    try:
        return format(value, column.format)
    except ValueError:
        # "d" on a float, or a spec for text: show the number rather than fail.
        return str(value)


def _numeric(rows: Sequence[tuple[Value, ...]], index: int) -> bool:
    values = [row[index] for row in rows if index < len(row)]
    return any(v is not None for v in values) and all(v is None or not isinstance(v, str | bool) for v in values)


def _widths(
    table: Table, visible: Sequence[Sequence[str]], right: Sequence[bool], room: int, palette: Palette
) -> list[int]:
    """A width for each column that is shown; fewer than there are columns where the last ones do not fit."""
    measured = [[_shown(v, c) for v, c in zip(row, table.columns, strict=True)] for row in table.rows[:_MEASURED]]
    widths, least = [], []
    for index, column in enumerate(table.columns):
        values = max((len(row[index]) for row in (*visible, *measured) if index < len(row)), default=0)
        widths.append(max(len(_title(column)), values, 1))
        # A number is never cut; its title may be.
        narrowest = _NARROWEST if index >= table.keys else _NARROWEST_KEY
        least.append(max(values, 1) if right[index] else min(widths[-1], narrowest))
    while len(least) > 1 and sum(least) + 2 * (len(least) - 1) + (3 if len(least) < len(widths) else 0) > room:
        least.pop()
    if len(least) < len(widths):
        widths, room = widths[: len(least)], room - 3
    while (excess := sum(widths) + 2 * (len(widths) - 1) - room) > 0:
        slack = [w - m for w, m in zip(widths, least, strict=True)]
        widest = max(range(len(widths)), key=lambda i: (slack[i] > 0, widths[i]))
        if slack[widest] <= 0:
            widths[widest] = max(1, widths[widest] - excess)
            break
        widths[widest] -= 1
    return widths


def _row(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool], palette: Palette) -> str:
    ellipsis = palette.text("…")
    cells = []
    for whole, width, to_right in zip(texts, widths, right, strict=False):
        text = whole if len(whole) <= width else whole[: width - 1] + ellipsis
        cells.append(text.rjust(width) if to_right else text.ljust(width))
    return "  ".join(cells)
