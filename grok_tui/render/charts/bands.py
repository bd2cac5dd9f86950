"""Bands: named intervals of x with a shaded background."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import numpy as np

from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import BLANKS, Drawing, Style, put, slice_line, tint_column
from grok_tui.render.charts.axis import DOTS_X, Axis, to_cell
from grok_tui.render.palette import Palette, mix

Band = tuple[float, float, str]  # from, to, name
# Indices into a palette's series: the same colours as the bars of the phases.
BAND_COLOURS = {"memorisation": 4, "circuit formation": 2, "cleanup": 3}
_TINT = 0.12
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


def band_backgrounds(
    bands: Sequence[Band], ranges: Sequence[Columns], columns: int, palette: Palette
) -> list[str | None]:
    """The background colour of each column, a tint for each name; None outside all bands and without colour."""
    backgrounds: list[str | None] = [None] * columns
    for index, ((start, end), (_, _, name)) in enumerate(zip(ranges, bands, strict=True)):
        colour = palette.series[BAND_COLOURS[name]] if name in BAND_COLOURS else palette.foreground
        # Of 256 colours the nearest to a tint may be black; greys there are finer.
        colour = colour if palette.colours == "truecolor" else palette.foreground
        strength = _TINT if palette.colours == "truecolor" else (0.05, 0.11)[index % 2]
        tint = mix(palette.background, colour, strength)
        backgrounds[start:end] = [tint if palette.colour else None] * (end - start)
    return backgrounds


def label_bands(canvas: Drawing, bands: Sequence[Band], ranges: Sequence[Columns], palette: Palette) -> Drawing:
    """Write each band's name, its first word, or as many letters as it needs, on the first row that is blank there.

    Without colour, draw the band's edges, too.
    """
    names = {palette.text(to_cells(name)) for _, _, name in bands}
    for (start, end), (_, _, unclean_name) in zip(ranges, bands, strict=True):
        if not palette.colour:
            for column in {start, end} - {0, canvas.width}:
                canvas = tint_column(canvas, column, range(canvas.height), palette.text("┊"), Style())
        name = palette.text(to_cells(unclean_name))
        for text in (name, name.split(" ")[0], _initials(name, names)):
            written = _written(canvas, text, start, end, palette) if text else None
            if written is not None:
                canvas = written
                break
    return canvas


def _initials(name: str, names: Collection[str]) -> str:
    """The first letters of a name by which it differs from the others.

    >>> _initials("memorisation", ["circuit formation", "cleanup"]), _initials("cleanup", ["circuit formation"])
    ('M', 'Cl')
    """
    others = [other for other in names if other != name]
    lengths = (n for n in range(1, len(name)) if not any(other.startswith(name[:n]) for other in others))
    return name[: next(lengths, len(name))].capitalize()


def _written(canvas: Drawing, text: str, start: int, end: int, palette: Palette) -> Drawing | None:
    """The canvas with a text in the columns start..end-1, on the first row that is blank there; None if none is."""
    # A blank separates the name from that of the band before.
    first = start + 1 if start > 0 or end - start >= len(text) + 2 else start
    if len(text) > end - first:
        return None
    for row in range(canvas.height):
        spans = slice_line(canvas.lines[row], first, first + len(text))
        if all(set(span.text) <= BLANKS for span in spans):
            return put(canvas, first, row, text, Style(palette.muted if palette.colour else None, spans[0].style.bg))
    return None
