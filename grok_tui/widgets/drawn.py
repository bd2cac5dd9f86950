"""A drawing as Textual's strips."""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.strip import Strip

from grok_tui.render.cells import Drawing, Line, Style


def strips_of(drawing: Drawing) -> list[Strip]:
    """One strip a line."""
    return [_strip(line, drawing.width) for line in drawing.lines]


def _strip(line: Line, width: int) -> Strip:
    return Strip([Segment(run.text, rich_style(run.style)) for run in line], width)


@lru_cache(maxsize=8192)  # parsing a style costs more than drawing with it
def rich_style(style: Style) -> RichStyle:
    return RichStyle(color=style.fg, bgcolor=style.bg, bold=style.bold or None, dim=style.dim or None)
