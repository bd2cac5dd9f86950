"""The lines of a crosshair: the row and the column of its area lit, and those of areas that it is mirrored in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grok_tui.render.cells import Drawing, Line, Span, Style, merge_spans, put, slice_line
from grok_tui.render.palette import Palette, mix
from grok_tui.render.readout import Cell, ReadoutArea, area_at, mirrored

_LIGHT = 0.3  # of the accent colour in the cells of the row and the column


def draw_crosshair(drawing: Drawing, areas: Sequence[ReadoutArea], cell: Cell, palette: Palette) -> Drawing:
    """Draw a crosshair on a cell. In a table it is the row; outside all areas it is one glyph."""
    area = area_at(areas, *cell)
    for column, row, lit in [] if area is None else [(*cell, area), *mirrored(areas, area, *cell)]:
        drawing = _light(drawing, lit, column, row, palette)
        if not lit.rows:
            drawing = put(drawing, column, row, palette.text("┼"), _centre(palette))
    return put(drawing, *cell, palette.text("┼"), _centre(palette)) if area is None else drawing


def _centre(palette: Palette) -> Style:
    return Style(palette.background, palette.accent, bold=True) if palette.colour else Style(bold=True)


def _light(drawing: Drawing, area: ReadoutArea, column: int, row: int, palette: Palette) -> Drawing:
    """Light the row and the column of an area that go through a cell; in a table the row alone."""
    lines = list(drawing.lines)
    for index in range(area.top, min(area.top + area.height, len(lines))):
        if index == row:
            lines[index] = _lit(lines[index], area.left, area.left + area.width, "─", area.rows, palette)
        elif not area.rows:
            lines[index] = _lit(lines[index], column, column + 1, "│", False, palette)
    return replace(drawing, lines=tuple(lines))


def _lit(line: Line, start: int, end: int, glyph: str, is_text: bool, palette: Palette) -> Line:
    """The line with lighter cells start..end-1; with few colours, with `glyph` in them, but for text."""
    width = sum(len(span.text) for span in line)
    middle = [_lighter(span, glyph, is_text, palette) for span in slice_line(line, start, end)]
    return merge_spans([*slice_line(line, 0, start), *middle, *slice_line(line, end, width)])


def _lighter(span: Span, glyph: str, is_text: bool, palette: Palette) -> Span:
    text, style = span
    if palette.tints:
        foreground = mix(style.fg or palette.foreground, palette.accent, 0.0 if is_text else _LIGHT)
        return Span(text, style._replace(fg=foreground, bg=mix(style.bg or palette.background, palette.accent, _LIGHT)))
    if is_text:
        return Span(text, style._replace(fg=palette.accent if palette.colour else style.fg, bold=True))
    return Span(palette.text(glyph) * len(text), palette.style(palette.accent, bold=True))
