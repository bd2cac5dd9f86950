"""Convert arrays of glyphs and styles to a drawing with as few spans as possible."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import BLANKS, Drawing, Span, Style

Glyphs = NDArray[np.uint32]  # code points [row, column]
Codes = NDArray[np.intp]  # [row, column], indices of a list of styles

_BLANK_CODES = tuple(map(ord, BLANKS))


def draw_grid(glyphs: Glyphs, codes: Codes, styles: Sequence[Style]) -> Drawing:
    """Draw glyphs in styles[codes], both [row, column]. Every glyph must be one cell wide."""
    rows, columns = glyphs.shape
    if not columns:
        return Drawing(0, ((),) * rows)
    codes = _extend_over_blanks(glyphs, codes, styles)
    changes = codes[:, 1:] != codes[:, :-1]
    texts = glyphs.astype("<u4").tobytes().decode("utf-32-le")
    lines = []
    for row, change in enumerate(changes):
        starts = [0, *(np.flatnonzero(change) + 1).tolist()]
        style_indices = codes[row, starts].tolist()
        edges = [row * columns + start for start in starts] + [(row + 1) * columns]
        lines.append(
            tuple(Span(texts[edges[i] : edges[i + 1]], styles[index]) for i, index in enumerate(style_indices))
        )
    return Drawing(columns, tuple(lines))


def _extend_over_blanks(glyphs: Glyphs, codes: Codes, styles: Sequence[Style]) -> Codes:
    """Give a blank cell the style of the cell to its left if the backgrounds are equal.

    A blank shows only its background, so nothing changes on the screen; but a dotted curve becomes one span, and fewer
    bytes go to the terminal.
    """
    indices: dict[str | None, int] = {}
    background = np.array([indices.setdefault(style.bg, len(indices)) for style in styles])[codes]
    keeps_style = np.ones(glyphs.shape, dtype=bool)
    blank = glyphs[:, 1:] == _BLANK_CODES[0]
    for code in _BLANK_CODES[1:]:
        blank |= glyphs[:, 1:] == code
    keeps_style[:, 1:] = ~blank | (background[:, 1:] != background[:, :-1])
    source = np.maximum.accumulate(np.where(keeps_style, np.arange(glyphs.shape[1]), 0), axis=1)
    extended: Codes = np.take_along_axis(codes, source, axis=1)
    return extended
