"""The table of clusters as drawn: its columns by the width of the pane, with bars; of two answers with both values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from grok_tui.render.cells import Drawing, Style, above, put
from grok_tui.render.frequency_colours import REST_COLOUR, colours_of_two_runs, frequency_colour, frequency_style
from grok_tui.render.palette import Palette, mix
from grok_tui.render.plots import TablePlot
from grok_tui.render.readout import Readout
from grok_tui.render.table import (
    Column,
    Table,
    Value,
    column_widths,
    draw_table,
    row_text,
    table_width,
    text_of,
    visible_rows,
    width_of,
)
from grok_tui.render.target import cluster_target

_GUTTER = 2  # the mark of the selected row and its gap
_BARS = 8, 28  # the least and the most columns of the bars


@dataclass(frozen=True)
class ClusterRow:
    """The numbers of one cluster; losses are None until they are computed."""

    frequency: int | None  # None: the rest
    neurons: int
    share: float | None
    variance_explained: float | None
    fraction_active: float | None
    coefficient: float | None  # c_k of the logit formula; None for the rest, or without sum directions
    loss_zero: float | None
    loss_mean: float | None
    ablated: bool


_Columns = tuple[tuple[Column, str], ...]  # each with the field of the row
_NAME = Column("frequency", title="freq", absent="rest")
_NEURONS = (Column("neurons", format=",d"), "neurons")
_SHARE = (Column("share", format=".3f"), "share")
_EXPLAINED = (Column("var. expl.", format=".3f"), "variance_explained")
_ACTIVE = (Column("active", format=".3f"), "fraction_active")
_COEFFICIENT = (Column("c_k", format=".2f"), "coefficient")
_ZERO = (Column("loss, zero-ablated", format=".2e", absent="…"), "loss_zero")
_MEAN = (Column("loss, mean-ablated", format=".2e", absent="…"), "loss_mean")
_OF_NEURONS: _Columns = (_NEURONS, _SHARE, _EXPLAINED, _ACTIVE)
_COLUMNS: _Columns = (*_OF_NEURONS, _COEFFICIENT, _ZERO, _MEAN)
_SHORT_TITLES = {"var. expl.": "expl.", "loss, zero-ablated": "loss, zeroed", "loss, mean-ablated": "loss, at mean"}
# Below the first width at which all fit, titles are shortened and columns dropped to these numbers of them.
_COUNTS = range(len(_COLUMNS), len(_OF_NEURONS) - 1, -1)


def draw_clusters(rows: Sequence[ClusterRow], selected: int, width: int, height: int, palette: Palette) -> Drawing:
    """A row for each cluster; bars for the number of neurons where there is room for them."""
    shown, widths, named = _fitting(rows, width)
    styles = _styles([row.frequency for row in rows], palette)
    bars = min(width - width_of(widths) - _GUTTER - 2, _BARS[1])
    if bars < _BARS[0] or not named or height <= len(rows):
        drawing = draw_table(shown, width, height, palette, selected=selected, row_styles=styles)
    else:
        columns = (*shown.columns[:2], Column("", whole=True), *shown.columns[2:])
        wide = Table(columns, tuple((*row[:2], " " * bars, *row[2:]) for row in shown.rows))
        drawing = draw_table(wide, width, height, palette, selected=selected, row_styles=styles)
        column = _GUTTER + width_of(widths[:2]) + 2
        drawing = _with_bars(drawing, rows, selected, column, bars, palette).showing(TablePlot(shown, styles))
    return _readable(drawing, rows, visible_rows(len(rows), height - 1, selected).start)


def _readable(drawing: Drawing, rows: Sequence[ClusterRow], first: int) -> Drawing:
    """The drawing with readouts of the rows from `first` on; without c_k and losses, for which a line has no room."""

    def read(column: int, row: int) -> Readout:
        described = _table(rows, _OF_NEURONS, False, "")
        return Readout(row_text(described, first + row), cluster_target(rows[first + row].frequency))

    return replace(drawing, areas=tuple(area._replace(read=read) for area in drawing.areas))


def _with_bars(
    drawing: Drawing, rows: Sequence[ClusterRow], selected: int, column: int, width: int, palette: Palette
) -> Drawing:
    """Bars of at most `width` columns for the numbers of neurons, on a table of which all rows are drawn."""
    most = max(*(row.neurons for row in rows), 1)
    glyph = "#" if palette.ascii else "▄"
    keys = _keys(rows)
    for index, row in enumerate(rows):
        colour = palette.series[frequency_colour(row.frequency, keys)]
        background = mix(palette.background, palette.accent, 0.22) if index == selected else None
        bar = glyph * max(round(row.neurons / most * width), 1 if row.neurons else 0)
        drawing = put(drawing, column, index + 1, bar, palette.style(colour, background))
    return drawing


def _fitting(rows: Sequence[ClusterRow], width: int) -> tuple[Table, list[int], bool]:
    """The table with the most columns that fits, the widths of its columns, and whether any fits."""
    marks = (" ablated", " out") if any(row.ablated for row in rows) else ("",)
    tables = [_table(rows, _COLUMNS, short, mark) for short in (False, True) for mark in marks]
    measured = [(table, column_widths(table)) for table in tables]
    for count in _COUNTS:
        for table, widths in measured:
            if _GUTTER + width_of(widths[: 1 + count]) <= width:
                return _first_columns(table, 1 + count), widths[: 1 + count], True
    table, widths = measured[-1]
    return _first_columns(table, 1 + _COUNTS[-1]), widths[: 1 + _COUNTS[-1]], False


def _first_columns(table: Table, count: int) -> Table:
    return Table(table.columns[:count], tuple(row[:count] for row in table.rows))


def _table(rows: Sequence[ClusterRow], columns: _Columns, short: bool, mark: str) -> Table:
    def name(row: ClusterRow) -> Value:
        if not row.ablated:
            return row.frequency if not mark else text_of(row.frequency, _NAME)
        return text_of(row.frequency, _NAME) + mark

    titled = [_titled(column, short) for column, _ in columns]
    values = tuple((name(row), *(getattr(row, field) for _, field in columns)) for row in rows)
    return Table((_NAME, *titled), values)


@cache
def _titled(column: Column, short: bool) -> Column:
    """The column with its title; the mark of a loss to come is aligned right, even where all are to come."""
    title = _SHORT_TITLES.get(column.name, column.name) if short else column.name
    return replace(
        column, title=title, absent=column.absent if column.absent == "–" else f"{column.absent:>{len(title)}}"
    )


def _styles(frequencies: Sequence[int | None], palette: Palette) -> list[Style]:
    keys = [frequency for frequency in frequencies if frequency is not None]
    return [frequency_style(frequency, keys, palette) for frequency in frequencies]


def _keys(rows: Sequence[ClusterRow]) -> list[int]:
    return [row.frequency for row in rows if row.frequency is not None]


# Two answers ------------------------------------------------------------------------------------------------------


def draw_both(
    first: Sequence[ClusterRow],
    other: Sequence[ClusterRow],
    names: tuple[str, str],
    only: tuple[str, str],
    selected: int | None,
    width: int,
    height: int,
    palette: Palette,
) -> Drawing:
    """A row for each cluster of two answers, matched by frequency, with both values in each column.

    `names` are those of the two values, `only` the notes on a cluster that only one side has; `selected` is a
    frequency, None for the rest.
    """
    sides = [{row.frequency: row for row in rows} for rows in (first, other)]
    frequencies = sorted({*sides[0], *sides[1]}, key=lambda k: (k is None, k or 0))
    separator = "|" if names[0] == "A" else ">" if palette.ascii else "→"
    head = palette.fit(f"in each column {separator.join(names)}", width)
    for count in range(len(_COLUMNS), 0, -1):
        table = _paired(sides, frequencies, _COLUMNS[:count], only, separator)
        if table_width(table) + _GUTTER + (3 if count < len(_COLUMNS) else 0) <= width:
            break
    if count < len(_COLUMNS):
        table = Table((*table.columns, Column("…")), tuple((*row, "") for row in table.rows))
    colours = colours_of_two_runs(_keys(first), _keys(other))
    styles = [palette.style(palette.series[colours.get(k or 0, REST_COLOUR)], bold=k is not None) for k in frequencies]
    place = frequencies.index(selected)
    drawn = draw_table(table, width, height - 1, palette, selected=place, row_styles=styles)
    start = visible_rows(len(frequencies), height - 2, place).start
    described = _first_columns(table, 3)

    def read(column: int, row: int) -> Readout:
        return Readout(row_text(described, start + row), cluster_target(frequencies[start + row]))

    drawn = replace(drawn, areas=tuple(area._replace(read=read) for area in drawn.areas))
    return above(Drawing.of_lines([head], width, palette.style(palette.accent)), drawn)


def _paired(
    sides: Sequence[dict[int | None, ClusterRow]],
    frequencies: Sequence[int | None],
    columns: _Columns,
    only: tuple[str, str],
    separator: str,
) -> Table:
    names = []
    for frequency in frequencies:
        lacking = [frequency not in side for side in sides]
        note = only[0] if lacking[1] else only[1] if lacking[0] else ""
        names.append(f"{text_of(frequency, _NAME):>4}{note}")
    cells = [_pairs(sides, frequencies, column, field, separator) for column, field in columns]
    titled = [replace(column, title=_SHORT_TITLES.get(column.name, column.name), whole=True) for column, _ in columns]
    return Table((replace(_NAME, whole=True), *titled), tuple(zip(names, *cells, strict=True)))


def _pairs(
    sides: Sequence[dict[int | None, ClusterRow]],
    frequencies: Sequence[int | None],
    column: Column,
    field: str,
    separator: str,
) -> list[str]:
    """The two values of each cluster as one text, aligned at the separator."""
    texts = [[text_of(getattr(side[k], field), column) if k in side else "–" for k in frequencies] for side in sides]
    left, right = (max(map(len, side)) for side in texts)
    absent = "–".center(left + 1 + right)
    return [absent if a == b == "–" else f"{a:>{left}}{separator}{b:>{right}}" for a, b in zip(*texts, strict=True)]
