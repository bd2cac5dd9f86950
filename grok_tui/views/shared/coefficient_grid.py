"""A few numbers of both signs as a small table of coloured squares."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Span, Style
from grok_tui.render.maps.paint import level_count, shades_only
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette, luminance
from grok_tui.render.plots import MapPlot

_WIDEST, _HIGHEST = 18, 5


def draw_coefficient_grid(
    values: NDArray[np.float64],
    across: Sequence[str],
    down: Sequence[str],
    width: int,
    height: int,
    palette: Palette,
    *,
    plain: Collection[tuple[int, int]] = (),
    scale: Scale | None = None,
) -> Drawing:
    """Numbers [row, column] on colours around zero, with names for rows and columns, as high as needed.

    Cells in `plain`, by (row, column), have no colour and do not count for the scale, so that a large constant does
    not hide the others. `scale` is by default that of all other cells.
    """
    rows, columns = values.shape
    left = max(map(len, down)) + 1
    wide = min(max((width - left) // columns, 1), _WIDEST)
    high = min(max((height - 1) // rows, 1), _HIGHEST)
    scaled = values.copy()
    for cell in plain:
        scaled[cell] = 0.0
    levels = (scale or Scale.of(scaled, diverging=True)).levels(scaled, level_count(palette, True))
    muted = palette.style(palette.muted)
    lines: list[Line] = [(Span(" " * left, muted), *(Span(name[:wide].center(wide), muted) for name in across))]
    for row, name in enumerate(down):
        cells = [
            _square(
                float(values[row, column]), None if (row, column) in plain else int(levels[row, column]), wide, palette
            )
            for column in range(columns)
        ]
        for line in range(high):
            middle = line == (high - 1) // 2
            label = Span((name if middle else "").ljust(left), muted)
            lines.append((label, *(number if middle else filling for number, filling in cells)))
    return Drawing.of_lines(lines, width).showing(
        MapPlot(
            np.where(_mask(values, plain), np.nan, values),
            replace(scale or Scale.of(scaled, diverging=True), unit="coefficient"),
            x_names=list(enumerate(across)),
            y_names=list(enumerate(down)),
            texts=[[f"{value:+,.4g}" for value in row] for row in values.tolist()],
        )
    )


def _mask(values: NDArray[np.float64], cells: Collection[tuple[int, int]]) -> NDArray[np.bool_]:
    """Whether each value is in one of the cells."""
    mask = np.zeros(values.shape, dtype=bool)
    for cell in cells:
        mask[cell] = True
    return mask


def _square(value: float, level: int | None, wide: int, palette: Palette) -> tuple[Span, Span]:
    """The middle line of a cell, with the number, and its other lines; uncoloured if `level` is None."""
    texts = (f"{value:+#,.3g}".rstrip("."), f"{value:+,.0f}")
    # One that leaves a gap to the next cell, else one that touches it, else the sign.
    fitting = [text for room in (wide - 1, wide) for text in texts if len(text) <= room]
    number = next(iter(fitting), "+" if value > 0 else "-")
    if shades_only(palette):
        glyph = " " if level is None else palette.shades(True)[level]
        room = max(wide - 1, 1)
        shown = f" {number} " if len(number) + 2 <= room else number
        return Span(shown.center(room, glyph).ljust(wide)), Span((glyph * room).ljust(wide))
    if level is None:
        return Span(number.center(wide), palette.style(palette.muted)), Span(" " * wide)
    colour = palette.diverging[level]
    ink = "#ffffff" if luminance(colour) < 0.55 else "#000000"
    return Span(number.center(wide), Style(ink, colour, bold=True)), Span(" " * wide, Style(None, colour))
