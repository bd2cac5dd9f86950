"""Levels of a scale as cells: coloured half-blocks, coloured cells, or shade glyphs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Run, Style, merged
from grok_tui.render.palette import Palette

Levels = NDArray[np.intp]
_OPEN, _NONE = -1, -2  # instead of a level: any colour may still be the foreground; no run has begun


def shades_only(palette: Palette) -> bool:
    """Whether maps are drawn in glyphs rather than in colours."""
    return not palette.colour


def level_count(palette: Palette, diverging: bool) -> int:
    if shades_only(palette):
        return len(palette.shades(diverging))
    return len(palette.diverging if diverging else palette.sequential)


def paint(levels: Levels, palette: Palette, diverging: bool, missing: str = "·") -> Drawing:
    """Levels [pixel row, pixel column] as cells, each of `palette.stacked` rows of pixels.

    Level `count` is a missing value, `count + 1` lies outside the map.
    """
    count = level_count(palette, diverging)
    if palette.stacked == 1:
        upper = lower = levels
    else:
        if len(levels) % 2:
            levels = np.vstack([levels, np.full((1, levels.shape[1]), count + 1)])
        upper, lower = levels[0::2], levels[1::2]
    table = swatches(palette, diverging, missing)
    styles = _pair_styles(palette.diverging if diverging else palette.sequential)
    changes = (upper[:, 1:] != upper[:, :-1]) | (lower[:, 1:] != lower[:, :-1])
    blocks = palette.colour and not palette.ascii
    plain = blocks & (np.maximum(upper, lower).max(axis=1, initial=0) < count)
    lines = []
    for above, below, change, coloured in zip(upper, lower, changes, plain.tolist(), strict=True):
        starts = [0, *(np.flatnonzero(change) + 1).tolist()]
        lengths = np.diff([*starts, len(above)]).tolist()
        stretches = zip(above[starts].tolist(), below[starts].tolist(), lengths, strict=True)
        if coloured:
            lines.append(_two_coloured(stretches, styles))
        else:
            cells = ((table[a * (count + 2) + b], length) for a, b, length in stretches)
            lines.append(merged(Run(cell.text * length, cell.style) for cell, length in cells))
    return Drawing(levels.shape[1], tuple(lines))


def _two_coloured(stretches: Iterable[tuple[int, int, int]], styles: Sequence[Sequence[Style]]) -> Line:
    """A line of half-blocks in the fewest runs: a run goes on while its cells need no third colour.

    A terminal is sent up to 17 bytes for a colour, and 3 for a glyph; a run keeps what it can of the colours before.
    The line comes as (upper level, lower level, number of cells); the styles are by background and foreground.
    """
    runs: list[Run] = []
    text, back, fore = "", _NONE, _NONE
    before = (_NONE, _NONE)  # background and foreground of the run before
    for upper, lower, length in stretches:
        if upper == back and lower == back:
            text += " " * length
        elif upper == fore and lower == fore:
            text += "█" * length
        elif upper in (back, fore) and lower in (back, fore):
            text += ("▀" if lower == back else "▄") * length
        elif fore == _OPEN and (upper == lower or back in (upper, lower)):
            fore = lower if upper == back else upper
            if fore == before[0]:  # as it is, it need not be sent again
                back, fore, text = fore, back, "█" * len(text)
            text += (("█" if upper == fore else " ") if upper == lower else "▀" if lower == back else "▄") * length
        else:
            if text:
                runs.append(Run(text, styles[back][fore]))
                before = back, before[1] if fore == _OPEN else fore
            turned = upper == before[0] or lower == before[1]
            back, fore = (upper, lower) if turned else (lower, upper)
            text = (" " if upper == lower else "▄" if turned else "▀") * length
            fore = _OPEN if upper == lower else fore
    return (*runs, Run(text, styles[back][fore])) if text else ()


@lru_cache(maxsize=16)
def _pair_styles(colours: Sequence[str]) -> Sequence[Sequence[Style]]:
    """By background, then by foreground; the last one, at -1, has no foreground."""
    return [[Style(fore, back) for fore in (*colours, None)] for back in colours]


@lru_cache(maxsize=64)
def swatches(palette: Palette, diverging: bool, missing: str = "·") -> tuple[Run, ...]:
    """The cell for each (upper, lower) pair of levels, at index upper * (count + 2) + lower.

    Level `count` is a missing value, `count + 1` lies outside the map. In glyphs only the upper level counts.
    """
    count = level_count(palette, diverging)
    gap = Run(palette.text(missing), palette.style(palette.muted))
    if shades_only(palette):
        glyphs = (*(Run(glyph) for glyph in palette.shades(diverging)), gap, Run(" "))
        return tuple(glyphs[upper] for upper in range(count + 2) for _ in glyphs)
    colours: tuple[str | None, ...] = (*(palette.diverging if diverging else palette.sequential), None, None)
    cells = []
    for upper, above in enumerate(colours):
        for below in colours:
            if above is None and below is None:
                cells.append(gap if upper == count else Run(" "))
            elif above is None:
                cells.append(Run("▄", Style(below)))
            elif above == below:
                cells.append(Run(" ", Style(None, below)))
            else:
                cells.append(Run("▀", Style(above, below)))
    return tuple(cells)
