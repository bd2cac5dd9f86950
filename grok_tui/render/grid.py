"""Glyphs and styles in arrays as lines of runs, in as few runs as they can be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import BLANKS, Drawing, Span, Style

Glyphs = NDArray[np.uint32]  # code points [row, column]
Codes = NDArray[np.intp]  # [row, column], indices of a list of styles

_BLANK_CODES = tuple(map(ord, BLANKS))


def draw_grid(glyphs: Glyphs, codes: Codes, styles: Sequence[Style]) -> Drawing:
    """The cells as a drawing. Every glyph must be one cell wide."""
    rows, columns = glyphs.shape
    if not columns:
        return Drawing(0, ((),) * rows)
    codes = _carried_on(glyphs, codes, styles)
    changes = codes[:, 1:] != codes[:, :-1]
    texts = glyphs.astype("<u4").tobytes().decode("utf-32-le")
    lines = []
    for row, change in enumerate(changes):
        starts = [0, *(np.flatnonzero(change) + 1).tolist()]
        inks = codes[row, starts].tolist()
        edges = [row * columns + start for start in starts] + [(row + 1) * columns]
        lines.append(tuple(Span(texts[edges[i] : edges[i + 1]], styles[ink]) for i, ink in enumerate(inks)))
    return Drawing(columns, tuple(lines))


def _carried_on(glyphs: Glyphs, codes: Codes, styles: Sequence[Style]) -> Codes:
    """Blank cells in the style of what stands left of them, where that has their background: on a blank no other
    colour shows, a dotted curve is then one run, and fewer bytes go to the terminal."""
    numbers: dict[str | None, int] = {}
    background = np.array([numbers.setdefault(style.bg, len(numbers)) for style in styles])[codes]
    kept = np.ones(glyphs.shape, dtype=bool)
    blank = glyphs[:, 1:] == _BLANK_CODES[0]
    for code in _BLANK_CODES[1:]:
        blank |= glyphs[:, 1:] == code
    kept[:, 1:] = ~blank | (background[:, 1:] != background[:, :-1])
    source = np.maximum.accumulate(np.where(kept, np.arange(glyphs.shape[1]), 0), axis=1)
    carried: Codes = np.take_along_axis(codes, source, axis=1)
    return carried
