"""The calm frame around a chart: one axis line on the left and below, a few numbers, labels."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from grok_tui.render.cells import Drawing, Line, Span, above, beside, put
from grok_tui.render.palette import Palette
from grok_tui.render.ticks import place_texts_and_label


@dataclass(frozen=True)
class Room:
    """Where the plotting area lies in a drawing of width x height."""

    left: int
    top: int
    columns: int
    rows: int
    axes: bool


def room(width: int, height: int, widest_tick: int, header: bool) -> Room:
    """The plotting area: without axes below 12 x 5, without a header line below 4 lines."""
    axes = width >= 12 and height >= 5
    left = widest_tick + 2 if axes else 0
    top = 1 if header and height >= 4 else 0
    return Room(left, top, max(width - left, 0), max(height - top - (2 if axes else 0), 0), axes)


def framed(
    canvas: Drawing,
    area: Room,
    palette: Palette,
    *,
    y_ticks: Sequence[tuple[int, str]],
    x_ticks: Sequence[tuple[int, str]],
    x_label: str,
    header: Line,
    marked: Collection[int] = (),
) -> Drawing:
    """The canvas in its frame; ticks are (row or column in it, text); `marked` columns get a pointer."""
    body = canvas
    muted = palette.style(palette.muted)
    if area.axes:
        texts = dict(sorted(y_ticks, reverse=True))
        lines = [texts.get(row, "").rjust(area.left - 1) + ("┤" if row in texts else "│") for row in range(area.rows)]
        lines = [palette.text(line) for line in lines]
        body = beside(Drawing.of_lines(lines, area.left, muted), canvas, gap=0)
        placed, at = place_texts_and_label(x_ticks, canvas.width, x_label, area.columns)
        shown = {column for column, text in x_ticks if _under(column, text, placed)}
        line = "".join("┬" if column in shown else "─" for column in range(canvas.width))
        axis = Drawing.of_lines([palette.text("└".rjust(area.left) + line)], None, muted)
        for column in marked:
            axis = put(axis, area.left + column, 0, palette.text("▲"), palette.style(palette.accent))
        numbers = Drawing.of_lines([""], area.left + area.columns)
        for start, text in placed:
            numbers = put(numbers, area.left + start, 0, text, muted)
        if at is not None:
            ink = palette.style(palette.foreground)
            numbers = put(numbers, area.left + at, 0, palette.text(x_label), ink)
        body = above(body, axis, numbers)
    if area.top:
        body = above(Drawing.of_lines([header], body.width), body)
    return body


def _under(column: int, text: str, written: Collection[tuple[int, str]]) -> bool:
    """Whether that tick's number was written below its column."""
    return any(text == other and start <= column < start + len(text) for start, other in written)


def header_line(y_label: str, entries: Sequence[Span], width: int, palette: Palette, note: str = "") -> Line:
    """The y label and a note, then the legend's entries, as many as fit."""
    runs = [Span(palette.text(y_label), palette.style(palette.foreground))] if y_label else []
    if note:
        runs.append(Span(palette.text(("  " if runs else "") + f"({note})"), palette.style(palette.warning)))
    used = sum(len(run.text) for run in runs)
    texts = sum(len(entry.text) for entry in entries)
    # Closer together, more of them fit.
    gaps = next((gap for gap in (3, 2) if used + texts + gap * len(entries) <= width), 1)
    for index, entry in enumerate(entries):
        gap = gaps if runs else 0
        last = index == len(entries) - 1
        if used + gap + len(entry.text) + (0 if last else 2) > width:
            runs.append(Span(palette.text(" …"), palette.style(palette.muted)))
            break
        runs.extend((Span(" " * gap), entry))
        used += gap + len(entry.text)
    return tuple(runs)
