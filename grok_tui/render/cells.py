"""A grid of styled character cells, and the few ways to put such grids together."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from grok_tui.render.readout import ReadoutArea, clip_areas, shift_areas


class Style(NamedTuple):
    """How a cell looks; a colour is "#rrggbb", or None for the terminal's default."""

    fg: str | None = None
    bg: str | None = None
    bold: bool = False


PLAIN = Style()


class Span(NamedTuple):
    """A stretch of text in one style, one cell a character."""

    text: str
    style: Style = PLAIN


Line = tuple[Span, ...]
BLANKS = frozenset(" \u2800")


@dataclass(frozen=True)
class Drawing:
    """Lines of exactly `width` cells; equal neighbouring styles are one run.

    `areas` are the rectangles that can tell what they show; every way to put drawings together keeps them.
    """

    width: int
    lines: tuple[Line, ...]
    areas: tuple[ReadoutArea, ...] = field(default=(), compare=False, repr=False)

    @property
    def height(self) -> int:
        return len(self.lines)

    def plain(self) -> str:
        """The characters alone, each line stripped on the right."""
        return "\n".join("".join(run.text for run in line).rstrip() for line in self.lines)

    @staticmethod
    def of_lines(lines: Iterable[str | Line], width: int | None = None, style: Style = PLAIN) -> Drawing:
        """Strings (in `style`) or lines of runs, cleaned, made `width` wide (default: as the longest)."""
        cleaned = [_cleaned((Span(line, style),) if isinstance(line, str) else line) for line in lines]
        if width is None:
            width = max((_length(line) for line in cleaned), default=0)
        return Drawing(width, tuple(_sized(line, width) for line in cleaned))


@lru_cache(maxsize=4096)
def _cell(character: str) -> str:
    """One cell for any character: what would move or drive a terminal is replaced."""
    category = unicodedata.category(character)
    if category[0] == "C" or category in ("Mn", "Me", "Zl", "Zp"):
        return "·"
    return "?" if unicodedata.east_asian_width(character) in "WF" else character


def clean(text: str) -> str:
    """`text` with exactly one cell a character: control characters become "·", wide ones "?"."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_cell, text))


def fit(drawing: Drawing, width: int, height: int) -> Drawing:
    """Cropped or padded, on the right and below, to exactly that size."""
    width, height = max(width, 0), max(height, 0)
    if (drawing.width, drawing.height) == (width, height):
        return drawing
    lines = [_sized(line, width) for line in drawing.lines[:height]]
    areas = clip_areas(drawing.areas, width, height)
    return Drawing(width, (*lines, *[_blank(width)] * (height - len(lines))), areas)


def beside(*drawings: Drawing, gap: int = 1) -> Drawing:
    """Side by side, tops aligned, `gap` blank columns between."""
    if not drawings:
        return Drawing(0, ())
    height = max(d.height for d in drawings)
    columns = [fit(d, d.width, height).lines for d in drawings]
    areas: list[ReadoutArea] = []
    width = 0
    for drawing in drawings:
        areas.extend(shift_areas(drawing.areas, width, 0))
        width += drawing.width + gap
    lines = []
    for row in range(height):
        line: Line = columns[0][row]
        for column in columns[1:]:
            line = _joined(_joined(line, _blank(gap)), column[row])
        lines.append(line)
    return Drawing(width - gap, tuple(lines), tuple(areas))


def above(*drawings: Drawing, gap: int = 0) -> Drawing:
    """One below the other, left sides aligned, `gap` blank lines between."""
    width = max((d.width for d in drawings), default=0)
    lines: list[Line] = []
    areas: list[ReadoutArea] = []
    for index, drawing in enumerate(drawings):
        lines.extend([_blank(width)] * gap if index else ())
        areas.extend(shift_areas(drawing.areas, 0, len(lines)))
        lines.extend(fit(drawing, width, drawing.height).lines)
    return Drawing(width, tuple(lines), tuple(areas))


def put(drawing: Drawing, column: int, row: int, text: str, style: Style = PLAIN) -> Drawing:
    """`drawing` with `text` written from that cell on; what falls outside is cut off."""
    text = clean(text)
    start, end = max(column, 0), min(column + len(text), drawing.width)
    if not 0 <= row < drawing.height or start >= end:
        return drawing
    line = drawing.lines[row]
    middle = Span(text[start - column : end - column], style)
    changed = merge_spans([*slice_line(line, 0, start), middle, *slice_line(line, end, drawing.width)])
    return replace(drawing, lines=(*drawing.lines[:row], changed, *drawing.lines[row + 1 :]))


def tint_column(drawing: Drawing, column: int, rows: range, char: str, style: Style) -> Drawing:
    """A vertical cursor: `char` where a cell is blank; elsewhere the glyph stays, on `style`'s background."""
    if not 0 <= column < drawing.width:
        return drawing
    lines = list(drawing.lines)
    for row in rows:
        if not 0 <= row < len(lines):
            continue
        line = lines[row]
        ((glyph, old),) = slice_line(line, column, column + 1)
        background = style.bg or old.bg
        if glyph in BLANKS:
            new = Span(clean(char)[:1], style._replace(bg=background))
        else:
            new = Span(glyph, old._replace(bg=background))
        lines[row] = merge_spans([*slice_line(line, 0, column), new, *slice_line(line, column + 1, drawing.width)])
    return replace(drawing, lines=tuple(lines))


def merge_spans(runs: Iterable[Span]) -> Line:
    """The runs as a line: empty ones dropped, equal neighbours joined."""
    line: list[Span] = []
    for run in runs:
        if not run.text:
            continue
        if line and line[-1].style == run.style:
            line[-1] = Span(line[-1].text + run.text, run.style)
        else:
            line.append(run)
    return tuple(line)


def slice_line(line: Line, start: int, end: int) -> list[Span]:
    """The runs of cells start..end-1."""
    runs, position = [], 0
    for text, style in line:
        low, high = max(start - position, 0), min(end - position, len(text))
        if low < high:
            runs.append(Span(text[low:high], style))
        position += len(text)
        if position >= end:
            break
    return runs


def _joined(left: Line, right: Line) -> Line:
    """Two merged lines as one: only the runs that meet can be equal."""
    if left and right and left[-1].style == right[0].style:
        return (*left[:-1], Span(left[-1].text + right[0].text, right[0].style), *right[1:])
    return left + right


def _cleaned(line: Sequence[Span]) -> Line:
    return merge_spans(Span(clean(run.text), run.style) for run in line)


def _length(line: Line) -> int:
    return sum(len(run.text) for run in line)


def _blank(width: int) -> Line:
    return (Span(" " * width),) if width > 0 else ()


def _sized(line: Line, width: int) -> Line:
    length = _length(line)
    if length == width:
        return line
    if length > width:
        return tuple(slice_line(line, 0, width))
    return merge_spans((*line, Span(" " * (width - length))))
