"""Tables: rows of named columns, and their drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import Drawing, Line, Span, Style
from grok_tui.render.palette import Palette, mix
from grok_tui.render.plots import TablePlot
from grok_tui.render.readout import Readout, ReadoutArea
from grok_tui.render.target import Target

Value = str | int | float | bool | None
_NARROWEST, _NARROWEST_KEY = 6, 12  # least width of a text column; key columns identify the row and stay wider
_MEASURED = 1000  # rows whose texts set the column widths, besides the visible rows

THREE_DIGITS = "three digits"  # the format of `three_digits`


@dataclass(frozen=True)
class Column:
    """A column of a table. Numbers are aligned right, text left.

    `format` is a format spec such as ",.3f", "d" or ".3e", or THREE_DIGITS. `title` and `absent` are drawn in place of
    the name and of None. `label` names a column with the same values as texts, which data for programs have at the end.
    `names` marks numbers that are names, such as a frequency: they can be compared, but not subtracted. The texts of a
    `whole` column are not cut.
    """

    name: str
    format: str = ""
    title: str = ""
    absent: str = "–"
    label: str = ""
    names: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of one value per column. The values of the first `keys` columns identify a row."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    keys: int = 1


def with_labels(table: Table) -> Table:
    """The table with a column of texts, such as `14` or `rest`, at the end for each column that has a label."""
    labelled = [index for index, column in enumerate(table.columns) if column.label]
    columns = [*table.columns, *(Column(table.columns[index].label) for index in labelled)]
    rows = ((*row, *(text_of(row[index], table.columns[index]) for index in labelled)) for row in table.rows)
    return Table(tuple(columns), tuple(rows), table.keys)


def draw_table(
    table: Table,
    width: int,
    height: int,
    palette: Palette,
    *,
    selected: int | None = None,
    scroll_to_selected: bool = True,
    row_styles: Sequence[Style] = (),
    targets: Sequence[Target | None] = (),
) -> Drawing:
    """Draw a table at exactly width x height.

    If it is too wide, text columns are narrowed, then the last columns dropped. If it is too high, the rows scroll to
    `selected` and the last line counts the hidden rows. None is drawn as the column's `absent`. The selected row has a
    mark as well as a colour. `row_styles` [row] are the styles of the first column.
    `targets` [row] are what the rows select. The readout of a row has all columns.
    """
    if width <= 0 or height <= 0:
        return Drawing(max(width, 0), ((),) * max(height, 0))
    plot = TablePlot(table, row_styles)
    shown = visible_rows(len(table.rows), height - 1, selected if scroll_to_selected else None)
    visible = table.rows[shown.start : shown.stop]
    gutter = 2 if selected is not None else 0
    texts = [[palette.text(text_of(v, c)) for v, c in zip(row, table.columns, strict=True)] for row in visible]
    right = [is_numeric(table.rows[:_MEASURED], index) for index in range(len(table.columns))]
    widths = _widths(table, shown, texts, right, width - gutter)

    header = [palette.text(_title(column)) for column in table.columns]
    lines: list[str | Line] = []
    muted = palette.style(palette.muted, bold=True)
    dropped = len(table.columns) - len(widths)
    head = " " * gutter + _row(header, widths, right, palette)
    lines.append((Span(head + (palette.text("  …") if dropped else ""), muted),))
    normal = palette.style(palette.foreground)
    highlight = palette.style(palette.foreground, mix(palette.background, palette.accent, 0.22), bold=True)
    for index, row in enumerate(texts, shown.start):
        text = _row(row, widths, right, palette)
        if index == selected:
            mark = palette.text("▸") + " "
            lines.append(_styled((mark + text).ljust(width), highlight, gutter + widths[0], row_styles[index:]))
        else:
            lines.append(_styled(" " * gutter + text, normal, gutter + widths[0], row_styles[index:]))
    hidden = len(table.rows) - len(visible)
    if hidden and height > 2:
        note = "… " + hidden_rows(shown.start, len(table.rows) - shown.stop)
        lines.append((Span(palette.text(" " * gutter + note), palette.style(palette.muted)),))
    lines.extend([""] * (height - len(lines)))
    drawing = Drawing.of_lines(lines[:height], width, Style()).showing(plot)

    def read(column: int, row: int) -> Readout:
        index = shown[row]
        return Readout(row_text(table, index), targets[index] if targets else None)

    return replace(drawing, areas=(ReadoutArea(0, 1, width, len(visible), read, rows=True),) if visible else ())


def hidden_rows(above: int, below: int) -> str:
    """How many rows are not drawn above and below those that are.

    >>> hidden_rows(0, 4), hidden_rows(4, 0), hidden_rows(1, 2)
    ('4 more', '4 more above', '1 more above, 2 below')
    """
    if not above:
        return f"{below:,} more"
    return f"{above:,} more above" + (f", {below:,} below" if below else "")


def row_text(table: Table, index: int) -> str:
    """The values of a row with the names of their columns: `freq 14, neurons 44`."""
    values = zip(table.rows[index], table.columns, strict=True)
    return ", ".join(f"{_title(column)} {text_of(value, column)}" for value, column in values)


def _styled(text: str, style: Style, end: int, first: Sequence[Style]) -> Line:
    """A row in one style, but its first column, which ends at `end`, in the colour of the first of `first`."""
    if not first:
        return (Span(text, style),)
    return Span(text[:end], Style(first[0].fg, style.bg, first[0].bold or style.bold)), Span(text[end:], style)


def visible_rows(rows: int, lines: int, selected: int | None) -> range:
    """The rows drawn on a number of lines, scrolled to `selected`. If rows are hidden, the last line is left free."""
    if rows <= lines:
        return range(rows)
    count = max(lines - 1, min(lines, 1))
    start = 0
    if selected is not None and selected >= count:
        start = max(0, min(selected - count // 2, rows - count))
    return range(start, start + count)


def table_width(table: Table) -> int:
    """The width in cells at which no text of the table is cut."""
    return width_of(column_widths(table))


def column_widths(table: Table) -> list[int]:
    """The width of each column at which no text of it is cut."""
    return [
        max(len(_title(column)), *(len(text_of(row[index], column)) for row in table.rows[:_MEASURED]), 0)
        for index, column in enumerate(table.columns)
    ]


def width_of(widths: Sequence[int]) -> int:
    """The width of a table with columns of these widths."""
    return sum(widths) + 2 * (len(widths) - 1)


def _title(column: Column) -> str:
    return to_cells(column.title or column.name)


def text_of(value: Value, column: Column) -> str:
    """The text of a value in the format of its column."""
    if value is None:
        return column.absent
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return to_cells(value)
    if column.format.endswith(THREE_DIGITS):
        return ("+" if column.format.startswith("+") and value >= 0 else "") + three_digits(value)
    try:
        return format(value, column.format)
    except ValueError:
        # The spec does not fit the value, such as "d" for a float: show the value in full.
        return str(value)


def three_digits(value: float) -> str:
    """A number with three significant digits, without an exponent from 0.001 to ten million.

    >>> three_digits(19_950), three_digits(1_990), three_digits(3.3), three_digits(1.5e-7)
    ('20,000', '1,990', '3.30', '1.50e-07')
    """
    if value == 0:
        return "0"
    scientific = f"{value:.2e}"
    exponent = int(scientific.rpartition("e")[2]) if math.isfinite(value) else 0
    if not math.isfinite(value) or not -3 <= exponent < 7:
        return scientific
    return f"{float(scientific):,.{max(2 - exponent, 0)}f}"


def is_numeric(rows: Sequence[tuple[Value, ...]], index: int) -> bool:
    values = [row[index] for row in rows if index < len(row)]
    return any(v is not None for v in values) and all(v is None or not isinstance(v, str | bool) for v in values)


def _widths(
    table: Table, shown: range, visible: Sequence[Sequence[str]], right: Sequence[bool], room: int
) -> list[int]:
    """The width of each visible column; the last columns are dropped if they do not fit.

    `visible` are the texts of the `shown` rows.
    """
    hidden = (row for index, row in enumerate(table.rows[:_MEASURED]) if index not in shown)
    measured = [[text_of(v, c) for v, c in zip(row, table.columns, strict=True)] for row in hidden]
    widths, least = [], []
    for index, column in enumerate(table.columns):
        values = max((len(row[index]) for row in (*visible, *measured) if index < len(row)), default=0)
        widths.append(max(len(_title(column)), values, 1))
        # A number is never cut; its title may be.
        narrowest = _NARROWEST if index >= table.keys else _NARROWEST_KEY
        least.append(max(values, 1) if right[index] or column.whole else min(widths[-1], narrowest))
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
    cells = []
    for full_text, width, align_right in zip(texts, widths, right, strict=False):
        text = palette.fit(full_text, width)
        cells.append(text.rjust(width) if align_right else text.ljust(width))
    return "  ".join(cells)
