"""Bands: named intervals of x with a shaded background."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import BLANKS, Drawing, Style, put, slice_line, tint_column
from grok_tui.render.charts.axis import DOTS_X, Axis, to_cell
from grok_tui.render.palette import Palette, mix

Band = tuple[float, float, str]  # from, to, name
Columns = tuple[int, int]  # the first column of a band, and the column after its last


def band_columns(bands: Sequence[Band], axis: Axis, columns: int) -> list[Columns]:
    """The columns of each band, clipped to the axis."""
    ranges = []
    for low, high, _ in bands:
        ends = []
        for value in (low, high):
            fraction = float(axis.fraction(np.array([value]))[0])
            if math.isnan(fraction):
                fraction = 1.0 if value > 0 else 0.0
            ends.append(to_cell(fraction, columns, DOTS_X))
        ranges.append((ends[0], ends[1] if ends[1] < columns - 1 else columns))
    return ranges


def band_backgrounds(ranges: Sequence[Columns], columns: int, palette: Palette) -> list[str | None]:
    """The background colour of each column, in two alternating tints; None outside all bands and without colour."""
    backgrounds: list[str | None] = [None] * columns
    for index, (start, end) in enumerate(ranges):
        tint = mix(palette.background, palette.foreground, (0.05, 0.11)[index % 2])
        backgrounds[start:end] = [tint if palette.colour else None] * (end - start)
    return backgrounds


def label_bands(canvas: Drawing, bands: Sequence[Band], ranges: Sequence[Columns], palette: Palette) -> Drawing:
    """Write each band's name on the first row that is blank there; without colour, draw the band's edges, too."""
    for (start, end), (_, _, unclean_name) in zip(ranges, bands, strict=True):
        if not palette.colour:
            for column in {start, end} - {0, canvas.width}:
                canvas = tint_column(canvas, column, range(canvas.height), palette.text("┊"), Style())
        name = palette.text(to_cells(unclean_name))
        if len(name) + 2 > end - start:
            continue
        for row in range(canvas.height):
            spans = slice_line(canvas.lines[row], start + 1, start + 1 + len(name))
            if all(set(span.text) <= BLANKS for span in spans):
                style = Style(palette.muted if palette.colour else None, spans[0].style.bg)
                canvas = put(canvas, start + 1, row, name, style)
                break
    return canvas
