"""Drawings as Textual strips, and the regions where two drawings differ."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.strip import Strip

from grok_tui.render.cell_text import from_cells
from grok_tui.render.cells import Drawing, Line, Style


def strip_of(line: Line, width: int, base: RichStyle) -> Strip:
    """A line of a drawing, over the widget's base style."""
    return Strip([Segment(from_cells(text), styled(base, style)) for text, style in line], width)


@lru_cache(maxsize=16384)  # creating a style costs more than drawing with it
def styled(base: RichStyle, style: Style) -> RichStyle:
    """A cell's style over the widget's base style."""
    own = RichStyle(color=style.fg, bgcolor=style.bg, bold=style.bold or None)
    return base + own


def changed_regions(old: Drawing, new: Drawing) -> list[Region]:
    """The regions where two drawings of one size differ, one per line: only these cells go to the terminal."""
    regions = []
    for y, (before, after) in enumerate(zip(old.lines, new.lines, strict=True)):
        if before != after:
            start = _common(before, after)
            end = new.width - _common(before[::-1], after[::-1])
            regions.append(Region(start, y, end - start, 1))
    return regions


def _common(one: Line, other: Line) -> int:
    """The number of equal cells at the start of two lines, counted in whole spans."""
    cells = 0
    for first, second in zip(one, other, strict=False):
        if first != second:
            break
        cells += len(first.text)
    return cells
