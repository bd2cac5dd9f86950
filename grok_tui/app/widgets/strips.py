"""Drawings as Textual strips, and the regions where two drawings differ."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.strip import Strip

from grok_tui.render.cell_text import WIDE_TAIL, from_cells
from grok_tui.render.cells import Drawing, Line, Style


def strip_of(line: Line, width: int, base: RichStyle) -> Strip:
    """A line of a drawing, over the widget's base style."""
    styles = styles_over(base)
    # `tuple.__new__`: a screen has some thousand segments, and half of the time went into the call of `Segment`.
    return Strip([tuple.__new__(Segment, (from_cells(text), styles[style], None)) for text, style in line], width)


class LineStrips:
    """The strips of a pane's lines; a line that is as it was keeps its strip, and what Textual has made of that."""

    def __init__(self) -> None:
        self._made: dict[int, tuple[Line, int, RichStyle, Strip]] = {}

    def of(self, y: int, line: Line, width: int, base: RichStyle) -> Strip:
        made = self._made.get(y)
        if made is None or made[0] != line or made[1] != width or made[2] is not base:
            made = self._made[y] = line, width, base, strip_of(line, width, base)
        return made[3]


class StylesOver(dict[Style, RichStyle]):
    """The styles of cells over a widget's base style, each made once: creating a style costs more than drawing."""

    def __init__(self, base: RichStyle) -> None:
        self._base = base

    def __missing__(self, style: Style) -> RichStyle:
        own = RichStyle(color=style.fg, bgcolor=style.bg, bold=style.bold or None)
        self[style] = self._base + own
        return self[style]


@lru_cache(maxsize=16)
def styles_over(base: RichStyle) -> StylesOver:
    return StylesOver(base)


def changed_regions(old: Drawing, new: Drawing) -> list[Region]:
    """The regions where two drawings of one size differ, one per line: only these cells go to the terminal."""
    regions = []
    for y, (before, after) in enumerate(zip(old.lines, new.lines, strict=True)):
        if before != after:
            start = _common_start(before, after)
            end = new.width - _common_end(before, after)
            regions.append(Region(start, y, end - start, 1))
    return regions


def _common_start(one: Line, other: Line) -> int:
    """The number of equal cells at the start of two lines."""
    cells = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            same_style = first.style == second.style
            return cells + (_common(first.text, second.text) if same_style else 0)
        cells += len(first.text)
    return cells


def _common_end(one: Line, other: Line) -> int:
    """The number of equal cells at the end of two lines."""
    cells = 0
    for first, second in zip(reversed(one), reversed(other), strict=False):
        if first != second:
            same_style = first.style == second.style
            return cells + (_common(first.text[::-1], second.text[::-1]) if same_style else 0)
        cells += len(first.text)
    return cells


def _common(one: str, other: str) -> int:
    """The number of characters that two texts begin with; 0 with wide characters, which must not be cut.

    >>> _common("epoch 5,000", "epoch 5,500"), _common(f"文{WIDE_TAIL}a", f"文{WIDE_TAIL}b")
    (8, 0)
    """
    if WIDE_TAIL in one or WIDE_TAIL in other:
        return 0
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (first, second) in pairs if first != second), min(len(one), len(other)))
