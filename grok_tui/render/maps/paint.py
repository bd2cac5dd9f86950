"""Draw levels of a scale as coloured half-blocks, coloured cells, or shade glyphs."""

from __future__ import annotations

from functools import lru_cache
from itertools import islice

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
    starts, lengths, counts = _stretches(codes)
    halves = zip(upper.ravel()[starts].tolist(), lower.ravel()[starts].tolist(), lengths, strict=True)
    lines = []
    for stretches, use_blocks in zip(counts, only_levels.tolist(), strict=True):
        line = islice(halves, stretches)
        if use_blocks:
            lines.append(half_blocks(line, styles))
        else:
            cells = ((table[above * (count + 2) + below], length) for above, below, length in line)
            lines.append(merge_spans(Span(cell.text * length, cell.style) for cell, length in cells))
    return Drawing(width, tuple(lines))


def _stretches(codes: Levels) -> tuple[Levels, list[int], list[int]]:
    """The stretches of equal cells of all lines: where each starts, its length, and their number in each line."""
    first = np.ones(codes.shape, dtype=bool)
    np.not_equal(codes[:, 1:], codes[:, :-1], out=first[:, 1:])
    starts = np.flatnonzero(first)
    return starts, np.diff(starts, append=codes.size).tolist(), first.sum(axis=1).tolist()


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
