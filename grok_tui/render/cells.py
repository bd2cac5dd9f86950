"""Drawings, which are grids of styled character cells, and the functions that combine them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from grok_tui.render.cell_text import cut_cells, from_cells, to_cells
from grok_tui.render.fit_text import cut_number_start, without_cut_number
from grok_tui.render.plots import PlacedPlot, Plot, clip_plots, shift_plots
from grok_tui.render.readout import ReadoutArea, clip_areas, shift_areas


class Style(NamedTuple):
    """The style of a cell. A colour is "#rrggbb", or None for the terminal's default."""

    fg: str | None = None
    bg: str | None = None
    bold: bool = False


PLAIN = Style()


class Span(NamedTuple):
    """A run of text in one style, one cell per character: see `cell_text`."""

    text: str
    style: Style = PLAIN


Line = tuple[Span, ...]
BLANKS = frozenset(" \u2800")


@dataclass(frozen=True)
class Drawing:
    """Lines of exactly `width` cells. Neighbouring spans of a line differ in style.

    `areas` are the rectangles that have readouts, `plots` what the drawing shows, as data for a figure; the functions
    that combine drawings move and crop both.
    """

    width: int
    lines: tuple[Line, ...]
    areas: tuple[ReadoutArea, ...] = field(default=(), compare=False, repr=False)
    plots: tuple[PlacedPlot, ...] = field(default=(), compare=False, repr=False)

    @property
    def height(self) -> int:
        return len(self.lines)

    def plain(self) -> str:
        """The text without styles and without trailing blanks."""
        return "\n".join(from_cells("".join(span.text for span in line)).rstrip() for line in self.lines)

    def showing(self, *plots: Plot) -> Drawing:
        """The drawing with these plots, each as large as the drawing, in place of those that it has."""
        return replace(self, plots=tuple(PlacedPlot(0, 0, self.width, self.height, plot) for plot in plots))

    @staticmethod
    def of_lines(lines: Iterable[str | Line], width: int | None = None, style: Style = PLAIN) -> Drawing:
        """A drawing of strings (in `style`) or lines, cleaned, cropped or padded to `width` (default: the longest)."""
        cleaned = [_cleaned((Span(line, style),) if isinstance(line, str) else line) for line in lines]
        if width is None:
            width = max((_length(line) for line in cleaned), default=0)
        return Drawing(width, tuple(_resized(line, width) for line in cleaned))


def named_areas(drawing: Drawing, name: str) -> Drawing:
    """The drawing with a name in front of those of its areas, for readouts of several areas at once."""
    areas = tuple(area._replace(name=f"{name} {area.name}".strip()) for area in drawing.areas)
    return replace(drawing, areas=areas)


def fit(drawing: Drawing, width: int, height: int) -> Drawing:
    """Crop or pad a drawing on the right and below, to exactly width x height."""
    width, height = max(width, 0), max(height, 0)
    if (drawing.width, drawing.height) == (width, height):
        return drawing
    lines = [_resized(line, width) for line in drawing.lines[:height]]
    areas, plots = clip_areas(drawing.areas, width, height), clip_plots(drawing.plots, width, height)
    return Drawing(width, (*lines, *[_blank(width)] * (height - len(lines))), areas, plots)


def beside(*drawings: Drawing, gap: int = 1) -> Drawing:
    """Put drawings side by side, tops aligned, with `gap` blank columns between them."""
    if not drawings:
        return Drawing(0, ())
    height = max(d.height for d in drawings)
    columns = [fit(d, d.width, height).lines for d in drawings]
    areas: list[ReadoutArea] = []
    plots: list[PlacedPlot] = []
    width = 0
    for drawing in drawings:
        areas.extend(shift_areas(drawing.areas, width, 0))
        plots.extend(shift_plots(drawing.plots, width, 0))
        width += drawing.width + gap
    lines = []
    for row in range(height):
        line: Line = columns[0][row]
        for column in columns[1:]:
            line = _joined(_joined(line, _blank(gap)), column[row])
        lines.append(line)
    return Drawing(width - gap, tuple(lines), tuple(areas), tuple(plots))


def above(*drawings: Drawing, gap: int = 0) -> Drawing:
    """Stack drawings, left sides aligned, with `gap` blank lines between them."""
    width = max((d.width for d in drawings), default=0)
    lines: list[Line] = []
    areas: list[ReadoutArea] = []
    plots: list[PlacedPlot] = []
    for index, drawing in enumerate(drawings):
        lines.extend([_blank(width)] * gap if index else ())
        areas.extend(shift_areas(drawing.areas, 0, len(lines)))
        plots.extend(shift_plots(drawing.plots, 0, len(lines)))
        lines.extend(fit(drawing, width, drawing.height).lines)
    return Drawing(width, tuple(lines), tuple(areas), tuple(plots))


def without_blank_end(drawing: Drawing) -> Drawing:
    """The drawing without the blank lines at its end."""
    height = drawing.height
    while height and not any(span.style.bg or set(span.text) - BLANKS for span in drawing.lines[height - 1]):
        height -= 1
    return fit(drawing, drawing.width, height)


def put(drawing: Drawing, column: int, row: int, text: str, style: Style = PLAIN) -> Drawing:
    """Write `text` on a drawing, starting at a cell; characters outside it, and a number half outside, are dropped."""
    text = to_cells(text)
    if column + len(text) > drawing.width:
        text = without_cut_number(text, max(drawing.width - column, 0))
    start, end = max(column, 0), min(column + len(text), drawing.width)
    if not 0 <= row < drawing.height or start >= end:
        return drawing
    line = drawing.lines[row]
    middle = Span(cut_cells(text, start - column, end - column), style)
    changed = merge_spans([*slice_line(line, 0, start), middle, *slice_line(line, end, drawing.width)])
    return replace(drawing, lines=(*drawing.lines[:row], changed, *drawing.lines[row + 1 :]))


def text_line(texts: Iterable[tuple[int, Span]], width: int) -> Drawing:
    """A line of `width` cells with spans at their start columns, blank elsewhere; none may overlap another.

    What is outside the line is cut as by `put`.

    >>> text_line([(4, Span("b")), (0, Span("a"))], 6).plain()
    'a   b'
    """
    spans: list[Span] = []
    end = 0
    for start, (text, style) in sorted(texts):
        spans += (Span(" " * (start - end)), Span(to_cells(text), style))
        end = start + len(spans[-1].text)
    return Drawing(width, (_resized(merge_spans(spans), width),))


def tint_column(drawing: Drawing, column: int, rows: range, char: str, style: Style) -> Drawing:
    """Draw a vertical line: `char` in blank cells; other cells keep their glyph and get `style`'s background."""
    if not 0 <= column < drawing.width:
        return drawing
    lines = list(drawing.lines)
    for row in rows:
        if not 0 <= row < len(lines):
            continue
        before, (glyph, old), after = _split_around(lines[row], column)
        background = style.bg or old.bg
        if glyph in BLANKS:
            new = Span(to_cells(char)[:1], style._replace(bg=background))
        else:
            new = Span(glyph, old._replace(bg=background))
        lines[row] = merge_spans([*before, new, *after])
    return replace(drawing, lines=tuple(lines))


def merge_spans(spans: Iterable[Span]) -> Line:
    """Make a line of spans: drop empty spans, join neighbours of equal style."""
    line: list[Span] = []
    for span in spans:
        if not span.text:
            continue
        if line and line[-1].style == span.style:
            line[-1] = Span(line[-1].text + span.text, span.style)
        else:
            line.append(span)
    return tuple(line)


def slice_line(line: Line, start: int, end: int) -> list[Span]:
    """The spans of cells start..end-1 of a line."""
    spans, position = [], 0
    for text, style in line:
        low, high = max(start - position, 0), min(end - position, len(text))
        if low < high:
            spans.append(Span(cut_cells(text, low, high), style))
        position += len(text)
        if position >= end:
            break
    return spans


def _split_around(line: Line, column: int) -> tuple[list[Span], Span, list[Span]]:
    """The cells before a column of the line, its cell, and the cells after it."""
    position = 0
    for index, (text, style) in enumerate(line):
        if column < position + len(text):
            at = column - position
            parts = (Span(cut_cells(text, *cut), style) for cut in ((0, at), (at, at + 1), (at + 1, len(text))))
            before, cell, after = parts
            return [*line[:index], before], cell, [after, *line[index + 1 :]]
        position += len(text)
    raise IndexError(column)


def _joined(left: Line, right: Line) -> Line:
    """Join two merged lines. Only the two spans at the seam can have the same style."""
    if left and right and left[-1].style == right[0].style:
        return (*left[:-1], Span(left[-1].text + right[0].text, right[0].style), *right[1:])
    return left + right


def _cleaned(line: Sequence[Span]) -> Line:
    return merge_spans(Span(to_cells(span.text), span.style) for span in line)


def _length(line: Line) -> int:
    return sum(len(span.text) for span in line)


def _blank(width: int) -> Line:
    return (Span(" " * width),) if width > 0 else ()


def _cropped(line: Line, width: int) -> Line:
    start = cut_number_start("".join(span.text for span in line), width)
    if start is None:
        return tuple(slice_line(line, 0, width))
    blanks = (Span(" " * len(text), style) for text, style in slice_line(line, start, width))
    return merge_spans([*slice_line(line, 0, start), *blanks])


def _resized(line: Line, width: int) -> Line:
    """Crop or pad a line on the right. A number that the crop would divide is left out."""
    length = _length(line)
    if length == width:
        return line
    if length > width:
        return _cropped(line, width)
    return _joined(line, _blank(width - length))
