"""What value has which colour or glyph, and the legend that says so."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Run, Style, merged
from grok_tui.render.palette import Palette
from grok_tui.render.ticks import number

Levels = NDArray[np.intp]


@dataclass(frozen=True)
class Scale:
    """Values from `low` to `high`; a diverging scale is symmetric around zero."""

    low: float
    high: float
    diverging: bool
    unit: str = ""

    @staticmethod
    def of(values: NDArray[np.floating], diverging: bool | None = None, unit: str = "") -> Scale:
        """The scale of the finite values; diverging, unless told, where they take both signs."""
        finite = np.asarray(values, dtype=float)
        finite = finite[np.isfinite(finite)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if diverging is None:
            diverging = low < 0 < high
        if diverging:
            high = max(abs(low), abs(high))
            return Scale(-high, high, True, unit)
        if low == high:
            # One value only: measured from zero, so that zero is dark and anything else is not.
            low, high = min(low, 0.0), max(high, 0.0)
        return Scale(low, high, False, unit)

    def levels(self, values: NDArray[np.floating], count: int) -> Levels:
        """0 .. count-1 for each value, `count` for NaN. Zero on a diverging scale is the middle level."""
        span = self.high - self.low
        with np.errstate(over="ignore"):
            share = (np.asarray(values, dtype=float) - self.low) / span if span > 0 else np.zeros(np.shape(values))
        share = np.where(np.isnan(values), 0.5 if self.diverging else 0.0, share)
        if self.diverging:
            share = share if span > 0 else np.full_like(share, 0.5)
            level = np.floor(np.clip(share, 0, 1) * (count - 1) + 0.5)
        else:
            level = np.minimum(np.floor(np.clip(share, 0, 1) * count), count - 1)
        return np.where(np.isnan(values), count, level).astype(np.intp)

    def legend_texts(self) -> tuple[str, str, str]:
        """High, middle and low as numbers."""
        return number(self.high), number((self.low + self.high) / 2), number(self.low)


def shades_only(palette: Palette) -> bool:
    """Whether maps are drawn in glyphs, one value a cell, rather than in coloured half-blocks."""
    return palette.ascii or not palette.colour


def level_count(palette: Palette, diverging: bool) -> int:
    if shades_only(palette):
        return len(palette.shades(diverging))
    return len(palette.diverging if diverging else palette.sequential)


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


def paint(levels: Levels, palette: Palette, diverging: bool, missing: str = "·") -> Drawing:
    """Levels [pixel row, pixel column] as cells: two rows of pixels a cell, or one where glyphs are used."""
    table = swatches(palette, diverging, missing)
    stride = level_count(palette, diverging) + 2
    if not shades_only(palette):
        if len(levels) % 2:
            levels = np.vstack([levels, np.full((1, levels.shape[1]), stride - 1)])
        codes = levels[0::2] * stride + levels[1::2]
    else:
        codes = levels * stride
    width = codes.shape[1]
    # Different codes mean different styles, except for glyphs and what is missing.
    distinct = not shades_only(palette) and not (levels == stride - 2).any()
    lines: list[Line] = []
    for row in codes:
        starts = [0, *(np.flatnonzero(row[1:] != row[:-1]) + 1).tolist()]
        cells = [table[code] for code in row[starts].tolist()]
        runs = [
            cell if end - start == 1 else Run(cell.text * (end - start), cell.style)
            for cell, start, end in zip(cells, starts, [*starts[1:], width], strict=True)
        ]
        lines.append(tuple(runs) if distinct else merged(runs))
    return Drawing(width, tuple(lines))


def side_legend(scale: Scale, rows: int, palette: Palette) -> Drawing:
    """A vertical bar with its high, middle and low number and the unit."""
    count = level_count(palette, scale.diverging)
    pixels = rows if shades_only(palette) else 2 * rows
    shares = 1 - (np.arange(pixels) + 0.5) / pixels
    bar = paint(np.repeat((shares * count).astype(np.intp)[:, None], 2, axis=1), palette, scale.diverging)
    texts = [""] * rows
    high, middle, low = scale.legend_texts()
    texts[0], texts[-1] = high, low
    if rows >= 5:
        texts[(rows - 1) // 2] = middle
    if scale.unit and rows >= 7:
        texts[1] = scale.unit[:8]
    muted = palette.style(palette.muted)
    return Drawing.of_lines(
        [(*line, Run(" " + palette.text(text), muted)) for line, text in zip(bar.lines, texts, strict=True)],
        side_legend_width(scale),
    )


def side_legend_width(scale: Scale) -> int:
    return 3 + max(map(len, (*scale.legend_texts(), scale.unit[:8])))


def line_legend(scale: Scale, width: int, palette: Palette) -> Drawing:
    """The same in one line: low, bar, high, unit."""
    count = level_count(palette, scale.diverging)
    high, _, low = scale.legend_texts()
    muted = palette.style(palette.muted)
    length = min(count, width - len(low) - len(high) - 2)
    if length < 3:
        return Drawing.of_lines([(Run(palette.text(f"{low} to {high}"), muted),)], width)
    levels = ((np.arange(length) + 0.5) / length * count).astype(np.intp)[None, :]
    bar = paint(levels if shades_only(palette) else np.repeat(levels, 2, axis=0), palette, scale.diverging)
    tail = f" {high} {scale.unit}"
    line = (Run(low + " ", muted), *bar.lines[0], Run(palette.text(tail), muted))
    return Drawing.of_lines([line], width)
