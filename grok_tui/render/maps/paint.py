"""Draw levels of a scale as coloured half-blocks, coloured cells, or shade glyphs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Span, Style, merge_spans
from grok_tui.render.maps.halfblocks import half_blocks, pair_styles
from grok_tui.render.palette import Palette

Levels = NDArray[np.intp]


def shades_only(palette: Palette) -> bool:
    """Whether maps are drawn in shade glyphs because the palette has no colours."""
    return not palette.colour


def level_count(palette: Palette, diverging: bool) -> int:
    """The number of levels that a palette can show."""
    if shades_only(palette):
        return len(palette.shades(diverging))
    return len(palette.diverging if diverging else palette.sequential)


def paint(levels: Levels, palette: Palette, diverging: bool, missing: str = "·") -> Drawing:
    """Draw levels [pixel row, pixel column], `palette.rows_per_cell` rows of pixels per row of cells.

    Level `level_count` is NaN, drawn as the glyph `missing`; `level_count + 1` is outside the map.
    """
    count = level_count(palette, diverging)
    if palette.rows_per_cell == 1:
        upper = lower = levels
    else:
        if len(levels) % 2:
            levels = np.vstack([levels, np.full((1, levels.shape[1]), count + 1)])
        upper, lower = levels[0::2], levels[1::2]
    table = swatches(palette, diverging, missing)
    styles = pair_styles(palette.diverging if diverging else palette.sequential)
    width = levels.shape[1]
    codes = upper * (count + 2) + lower
    blocks = palette.colour and not palette.ascii
    only_levels = blocks & (np.maximum(upper, lower).max(axis=1, initial=0) < count)
    lines = []
    for above, below, code, use_blocks in zip(upper, lower, codes, only_levels.tolist(), strict=True):
        starts = [0, *(np.flatnonzero(code[1:] != code[:-1]) + 1).tolist()]
        lengths = [end - start for start, end in zip(starts, [*starts[1:], width], strict=True)]
        if use_blocks:
            stretches = zip(above[starts].tolist(), below[starts].tolist(), lengths, strict=True)
            lines.append(half_blocks(stretches, styles))
        else:
            cells = zip([table[index] for index in code[starts].tolist()], lengths, strict=True)
            lines.append(merge_spans(Span(cell.text * length, cell.style) for cell, length in cells))
    return Drawing(width, tuple(lines))


@lru_cache(maxsize=64)
def swatches(palette: Palette, diverging: bool, missing: str = "·") -> tuple[Span, ...]:
    """The cell for each (upper, lower) pair of levels, at index upper * (count + 2) + lower.

    Level `count` is NaN, `count + 1` is outside the map. Shade glyphs show only the upper level.
    """
    count = level_count(palette, diverging)
    gap = Span(palette.text(missing), palette.style(palette.muted))
    if shades_only(palette):
        glyphs = (*(Span(glyph) for glyph in palette.shades(diverging)), gap, Span(" "))
        return tuple(glyphs[upper] for upper in range(count + 2) for _ in glyphs)
    colours: tuple[str | None, ...] = (*(palette.diverging if diverging else palette.sequential), None, None)
    cells = []
    for upper, above in enumerate(colours):
        for below in colours:
            if above is None and below is None:
                cells.append(gap if upper == count else Span(" "))
            elif above is None:
                cells.append(Span("▄", Style(below)))
            elif above == below:
                cells.append(Span(" ", Style(None, below)))
            else:
                cells.append(Span("▀", Style(above, below)))
    return tuple(cells)
