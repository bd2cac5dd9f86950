"""The frame of a chart: axis lines on the left and below, ticks, labels, a header line with the legend."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from grok_tui.render.cells import Drawing, Line, Span, Style, above, beside, put, text_line
from grok_tui.render.palette import Palette
from grok_tui.render.tick_line import tick_line


@dataclass(frozen=True)
class PlotArea:
    """The position of the plotting area in its drawing, in cells."""

    left: int
    top: int
    columns: int
    rows: int
    axes: bool


def plot_area(width: int, height: int, widest_tick: int, header: bool) -> PlotArea:
    """The plotting area of a chart of width x height: without axes below 12 x 5, without a header below 4 lines."""
    axes = width >= 12 and height >= 5
    left = widest_tick + 2 if axes else 0
    top = 1 if header and height >= 4 else 0
    return PlotArea(left, top, max(width - left, 0), max(height - top - (2 if axes else 0), 0), axes)


def draw_frame(
    canvas: Drawing,
    area: PlotArea,
    palette: Palette,
    *,
    y_ticks: Sequence[tuple[int, str]],
    x_choices: Sequence[Sequence[tuple[int, str]]],
    x_label: str,
    width: int,
    header: Line,
    marked: Mapping[int, Style] = MappingProxyType({}),
) -> Drawing:
    """Draw the frame around a canvas.

    Ticks are (row or column of the canvas, text); the row below the canvas is the x axis. `x_choices` are lists of
    ticks, see `tick_line`. `marked` columns get a pointer in their style.
    """
    body = canvas
    muted = palette.style(palette.muted)
    if area.axes:
        texts = dict(sorted(y_ticks, reverse=True))
        lines = [texts.get(row, "").rjust(area.left - 1) + ("┤" if row in texts else "│") for row in range(area.rows)]
        lines = [palette.text(line) for line in lines]
        body = beside(Drawing.of_lines(lines, area.left, muted), canvas, gap=0)
        placed, title_start = tick_line(x_choices, canvas.width, x_label, area.left, width - area.left)
        columns = (column for ticks in x_choices for column, text in ticks if _has_text(column, text, placed))
        labelled = set(columns)
        line = "".join("┬" if column in labelled else "─" for column in range(canvas.width))
        corner = texts.get(area.rows, "").rjust(area.left - 1) + "└"
        axis = Drawing.of_lines([palette.text(corner + line)], None, muted)
        for column, style in marked.items():
            axis = put(axis, area.left + column, 0, palette.text("▲"), style)
        texts_below = [(area.left + start, Span(text, muted)) for start, text in placed]
        if title_start is not None:
            ink = palette.style(palette.foreground)
            texts_below.append((area.left + title_start, Span(palette.text(x_label), ink)))
        body = above(body, axis, text_line(texts_below, width))
    if area.top:
        body = above(Drawing.of_lines([header], width), body)
    return body


def _has_text(column: int, text: str, placed: Collection[tuple[int, str]]) -> bool:
    """Whether the text of a tick is placed below its column."""
    return any(text == other and start <= column < start + len(text) for start, other in placed)


def legend_fits(y_label: str, entries: Sequence[Span], width: int, note: str = "") -> bool:
    """Whether a header of this width has room for the y label, the note and all entries."""
    texts = [y_label, f"({note})" if note else "", *(entry.text for entry in entries)]
    shown = [text for text in texts if text]
    return sum(map(len, shown)) + len(shown) - 1 <= width


def header_line(y_label: str, entries: Sequence[Span], width: int, palette: Palette, note: str = "") -> Line:
    """The y label and a note, then as many entries of the legend as fit."""
    spans = [Span(palette.fit(y_label, width), palette.style(palette.foreground))] if y_label else []
    if note:
        spans.append(Span(palette.text(("  " if spans else "") + f"({note})"), palette.style(palette.warning)))
    used = sum(len(span.text) for span in spans)
    texts = sum(len(entry.text) for entry in entries)
    # The widest gap at which all entries fit.
    spacing = next((gap for gap in (3, 2) if used + texts + gap * len(entries) <= width), 1)
    for index, entry in enumerate(entries):
        gap = spacing if spans else 0
        last = index == len(entries) - 1
        if used + gap + len(entry.text) + (0 if last else 2) > width:
            spans.append(Span(palette.text(" …"), palette.style(palette.muted)))
            break
        spans.extend((Span(" " * gap), entry))
        used += gap + len(entry.text)
    return tuple(spans)
