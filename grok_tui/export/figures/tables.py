"""Tables and facts, drawn by matplotlib."""

from __future__ import annotations

from matplotlib.axes import Axes

from grok_tui.export.figures.style import Ink, text_width
from grok_tui.render.plots import TablePlot
from grok_tui.render.table import Column, is_numeric, text_of

MOST_ROWS = 60
_GAP = 1.5  # font sizes between columns


def table_lines(plot: TablePlot) -> int:
    """The lines that a table takes: its header, rows, and a note on the rows that are left out."""
    return min(len(plot.table.rows), MOST_ROWS) + 1 + (len(plot.table.rows) > MOST_ROWS)


def draw_rows(plot: TablePlot, axes: Axes, ink: Ink, width: float) -> None:
    """Rules above, below the header and below the table, as in a book; numbers are aligned right."""
    table = plot.table
    rows = [[text_of(v, c) for v, c in zip(row, table.columns, strict=True)] for row in table.rows[:MOST_ROWS]]
    names = [_name(column) for column in table.columns]
    widths = [max(text_width(text, bold=True) for text in column) for column in zip(names, *rows, strict=True)]
    size = min(ink.font_size, width * 0.95 / max(sum(widths) + _GAP * (len(widths) - 1), 1.0))
    unit = size / (0.97 * width)  # of a font size, as a fraction of the axes
    lines = table_lines(plot)
    axes.set_xlim(0, 1)
    axes.set_ylim(lines + 0.1, -0.1)
    axes.axis("off")
    left = 0.0
    for index, column_width in enumerate(widths):
        right = is_numeric(table.rows, index)
        x = left + column_width * unit if right else left
        texts = [names[index], *(row[index] for row in rows)]
        for line, text in enumerate(texts):
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
        note = f"… {len(table.rows) - MOST_ROWS:,} more rows: --format csv has all"
        axes.text(0, lines - 0.5, note, va="center", fontsize=ink.small, color=ink.palette.muted, in_layout=False)


def _name(column: Column) -> str:
    return column.title or column.name


def draw_text(lines: list[str], axes: Axes, ink: Ink, *, heading: bool) -> None:
    """Lines of text, a heading in bold."""
    axes.axis("off")
    axes.text(
        0, 0.5, "\n".join(lines), va="center", fontsize=ink.font_size, fontweight="bold" if heading else "normal",
        transform=axes.transAxes, parse_math=False, in_layout=False,
    )  # fmt: skip
