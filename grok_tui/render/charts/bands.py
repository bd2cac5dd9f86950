"""Named intervals of x behind a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from grok_tui.render.cells import BLANKS, Drawing, Style, clean, put, slice_line, tint_column
from grok_tui.render.charts.axis import DOTS_X, Axis, cell
from grok_tui.render.palette import Palette, mix

Band = tuple[float, float, str]  # from, to, name
Span = tuple[int, int]  # the first column, and the column after the last


def band_spans(bands: Sequence[Band], axis: Axis, columns: int) -> list[Span]:
    """The columns of each band, cut off at the edges."""
    spans = []
    for low, high, _ in bands:
        ends = []
        for value in (low, high):
            share = float(axis.share(np.array([value]))[0])
            if math.isnan(share):
                share = 1.0 if value > 0 else 0.0
            ends.append(cell(share, columns, DOTS_X))
        spans.append((ends[0], ends[1] if ends[1] < columns - 1 else columns))
    return spans


def band_tints(spans: Sequence[Span], columns: int, palette: Palette) -> list[str | None]:
    """The background of each column."""
    behind: list[str | None] = [None] * columns
    for index, (start, end) in enumerate(spans):
        tint = mix(palette.background, palette.foreground, (0.05, 0.11)[index % 2])
        behind[start:end] = [tint if palette.colour else None] * (end - start)
    return behind


def named_bands(canvas: Drawing, bands: Sequence[Band], spans: Sequence[Span], palette: Palette) -> Drawing:
    """The bands' names where a row has room for them; without colour, their edges."""
    for (start, end), (_, _, given) in zip(spans, bands, strict=True):
        if not palette.colour:
            for column in {start, end} - {0, canvas.width}:
                canvas = tint_column(canvas, column, range(canvas.height), palette.text("┊"), Style())
        name = palette.text(clean(given))
        if len(name) + 2 > end - start:
            continue
        for row in range(canvas.height):
            runs = slice_line(canvas.lines[row], start + 1, start + 1 + len(name))
            if all(set(run.text) <= BLANKS for run in runs):
                style = Style(palette.muted if palette.colour else None, runs[0].style.bg)
                canvas = put(canvas, start + 1, row, name, style)
                break
    return canvas
