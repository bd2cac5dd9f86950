"""Tables and facts, drawn by matplotlib."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matplotlib.axes import Axes

from grok_tui.export.figures.style import Ink, text_width
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.plots import TablePlot
from grok_tui.render.table import Column, is_numeric, text_of

MOST_ROWS = 60
_GAP = 1.2  # font sizes between columns
_LINE = 1.7  # font sizes: the highest line
_NUMBER = re.compile(r"[-+−–]?[\d.,]*(×10⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)?%?")


def table_lines(plot: TablePlot) -> int:
    """The lines that a table takes: its header, rows, and a note on the rows that are left out."""
    return min(len(plot.table.rows), MOST_ROWS) + 1 + (len(plot.table.rows) > MOST_ROWS)


def table_width(plot: TablePlot) -> float:
    """The width of a table in font sizes."""
    widths = _widths(plot, _texts(plot))
    return sum(widths) + _GAP * (len(widths) - 1)


def _texts(plot: TablePlot) -> list[list[str]]:
    """The texts of the header and of the rows that are drawn."""
    table = plot.table
    rows = [[text_of(v, c) for v, c in zip(row, table.columns, strict=True)] for row in table.rows[:MOST_ROWS]]
    return [[_name(column) for column in table.columns], *([typeset(text) for text in row] for row in rows)]


def _widths(plot: TablePlot, texts: list[list[str]]) -> list[float]:
    return [_width(column, plot, first=not index) for index, column in enumerate(zip(*texts, strict=True))]


def draw_rows(plot: TablePlot, axes: Axes, ink: Ink, room: tuple[float, float]) -> None:
    """Rules above, below the header and below the table, as in a book; numbers are aligned right.

    `room` is the width and the height of the axes in points.
    """
    table, (width, height) = plot.table, room
    names, *rows = texts = _texts(plot)
    widths = _widths(plot, texts)
    size = min(ink.font_size, width / max(sum(widths) + _GAP * (len(widths) - 1), 1.0))
    unit = size / width  # of a font size, as a fraction of the axes
    lines = table_lines(plot)
    axes.set_xlim(0, 1)
    axes.set_ylim(max(lines + 0.1, height / (_LINE * ink.font_size)), -0.1)
    axes.axis("off")
    left = 0.0
    for index, column_width in enumerate(widths):
        column = [names[index], *(row[index] for row in rows)]
        right = is_numeric(table.rows, index) or (index > 0 and all(map(_NUMBER.fullmatch, column[1:])))
        x = left + column_width * unit if right else left
        for line, text in enumerate(column):
            colour, bold = ink.palette.foreground, line == 0
            if index == 0 and line > 0 and line - 1 < len(plot.styles):
                style = plot.styles[line - 1]
                colour, bold = style.fg or colour, style.bold
            axes.text(
                x, line + 0.5, text, ha="right" if right else "left", va="center", fontsize=size, color=colour,
                fontweight="bold" if bold else "normal", parse_math=False, in_layout=False,
            )  # fmt: skip
        left += (column_width + _GAP) * unit
    end = min(left - _GAP * unit, 1.0)
    for y, thick in ((0.0, 0.9), (1.0, 0.5), (len(rows) + 1.0, 0.9)):
        axes.plot([0, end], [y, y], color=ink.palette.foreground, linewidth=thick, clip_on=False)
    if len(table.rows) > MOST_ROWS:
        note = f"… {len(table.rows) - MOST_ROWS:,} more of {len(table.rows):,} rows; --format csv writes all"
        axes.text(0, lines - 0.5, note, va="center", fontsize=ink.small, color=ink.palette.muted, in_layout=False)


def _width(texts: Sequence[str], plot: TablePlot, *, first: bool) -> float:
    """The width of a column in font sizes, from its name and its texts."""
    bold = first and any(style.bold for style in plot.styles)
    return max(text_width(texts[0], bold=True), *(text_width(text, bold) for text in texts[1:]), 0.0)


def _name(column: Column) -> str:
    return column.title or column.name


def draw_text(lines: list[str], axes: Axes, ink: Ink) -> None:
    """Lines of text, at the lower end of their axes."""
    axes.axis("off")
    axes.text(
        0, 0, "\n".join(lines), va="bottom", fontsize=ink.font_size, transform=axes.transAxes, parse_math=False,
        in_layout=False,
    )  # fmt: skip
