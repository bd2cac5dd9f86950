"""A map of few, large cells that have their numbers written in them, with named rows and columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import Drawing, Span, Style, fit, merge_spans, put
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette, luminance
from grok_tui.render.readout import Readout, ReadoutArea

_WIDEST, _HIGHEST = 24, 7  # of a cell
_MARKS = "▸◂"


@dataclass(frozen=True)
class CellTexts:
    """The lines in each cell, [row][column][line], the most important first: those that fit are drawn."""

    lines: Sequence[Sequence[Sequence[str]]]

    @property
    def widest(self) -> int:
        """The width of the widest first line."""
        return max((len(cell[0]) for row in self.lines for cell in row if cell), default=0)


@dataclass(frozen=True)
class _Layout:
    left: int
    top: int
    cell_width: int
    cell_height: int


def cell_map(
    values: NDArray[np.floating],
    texts: CellTexts,
    width: int,
    height: int,
    palette: Palette,
    *,
    x_names: Sequence[str],
    y_names: Sequence[str] = (),
    x_label: str = "",
    y_label: str = "",
    scale: Scale | None = None,
    marked: tuple[int, int] | None = None,
    read: Callable[[int, int], Readout] | None = None,
) -> Drawing | None:
    """Draw `values` [row, column], row 0 at the top, at exactly width x height; None if the numbers do not fit.

    NaN is a hole: its cell has the colour of the background. `marked` is the cell with pointers beside its number.
    `read(row, column)` is the readout of a cell.
    """
    layout = _layout(values.shape, texts, width, height, y_names, y_label)
    if layout is None:
        return None
    scale = scale or Scale.of(values, diverging=False)
    ramp = palette.sequential
    levels = scale.levels(values, len(ramp))
    lines = []
    for row in range(values.shape[0]):
        for line in range(layout.cell_height):
            spans = []
            for column in range(values.shape[1]):
                level = int(levels[row, column])
                fill = ramp[level] if palette.colour and level < len(ramp) else None
                text = _line(texts.lines[row][column], line, layout, marked == (row, column), palette)
                spans.append(Span(text, _ink(fill, palette, bold=line == _first_line(texts, row, column, layout))))
            lines.append(merge_spans(spans))
    body = Drawing(values.shape[1] * layout.cell_width, tuple(lines))

    def read_cell(column: int, row: int) -> Readout | None:
        place = row // layout.cell_height, column // layout.cell_width
        return None if read is None else read(*place)

    body = replace(body, areas=(ReadoutArea(0, 0, body.width, body.height, read_cell),))
    return fit(_framed(body, layout, palette, x_names, y_names, x_label, y_label, width), width, height)


def _layout(
    shape: tuple[int, ...], texts: CellTexts, width: int, height: int, y_names: Sequence[str], y_label: str
) -> _Layout | None:
    rows, columns = shape
    if not rows or not columns:
        return None
    left = max((len(to_cells(text)) for text in (*y_names, y_label)), default=0)
    left += 1 if left else 0
    top = 1 if y_label else 0
    cell_width = min((width - left) // columns, _WIDEST)
    cell_height = min((height - top - 2) // rows, _HIGHEST)
    if cell_width < texts.widest + 2 or cell_height < 1:
        return None
    return _Layout(left, top, cell_width, cell_height)


def _first_line(texts: CellTexts, row: int, column: int, layout: _Layout) -> int:
    """The line of a cell that has its number."""
    return (layout.cell_height - min(len(texts.lines[row][column]), layout.cell_height)) // 2


def _line(cell: Sequence[str], line: int, layout: _Layout, marked: bool, palette: Palette) -> str:
    """One line of a cell, centred."""
    count = min(len(cell), layout.cell_height)
    index = line - (layout.cell_height - count) // 2
    text = cell[index] if 0 <= index < count else ""
    if len(text) > layout.cell_width - 2:
        text = ""
    if marked and index == 0:
        text = f"{_MARKS[0]}{text}{_MARKS[1]}"
    return palette.text(text).center(layout.cell_width)


def _ink(fill: str | None, palette: Palette, *, bold: bool) -> Style:
    """Text that contrasts with its cell."""
    if fill is None:
        return palette.style(palette.foreground, bold=bold)
    return Style("#000000" if luminance(fill) > 0.5 else "#ffffff", fill, bold)


def _framed(
    body: Drawing,
    layout: _Layout,
    palette: Palette,
    x_names: Sequence[str],
    y_names: Sequence[str],
    x_label: str,
    y_label: str,
    width: int,
) -> Drawing:
    """The map with the names of its rows and columns, and the labels of its axes."""
    muted, ink = palette.style(palette.muted), palette.style(palette.foreground)
    blank = Drawing.of_lines([""] * (layout.top + body.height + 2), width)
    rows = list(blank.lines)
    for index, line in enumerate(body.lines):
        rows[layout.top + index] = merge_spans([Span(" " * layout.left), *line, *_rest(width, layout, body)])
    areas = tuple(area._replace(left=layout.left, top=layout.top) for area in body.areas)
    drawing = Drawing(width, tuple(rows), areas)
    if y_label:
        drawing = put(drawing, 0, 0, palette.text(y_label), ink)
    for index, name in enumerate(y_names):
        row = layout.top + index * layout.cell_height + (layout.cell_height - 1) // 2
        drawing = put(drawing, 0, row, palette.text(to_cells(name)).rjust(layout.left - 1), muted)
    below = layout.top + body.height
    for index, name in enumerate(x_names):
        text = palette.text(to_cells(name))
        if len(text) <= layout.cell_width:
            start = layout.left + index * layout.cell_width + (layout.cell_width - len(text)) // 2
            drawing = put(drawing, start, below, text, muted)
    label = palette.text(x_label)
    return put(drawing, layout.left + max((body.width - len(label)) // 2, 0), below + 1, label, ink)


def _rest(width: int, layout: _Layout, body: Drawing) -> list[Span]:
    return [Span(" " * max(width - layout.left - body.width, 0))]
