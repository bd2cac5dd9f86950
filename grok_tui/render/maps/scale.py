"""The scale of a map: the level of each value, and the legend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Span
from grok_tui.render.maps.paint import Levels, level_count, paint
from grok_tui.render.palette import Palette
from grok_tui.render.ticks import format_tick

_SIDE_UNIT = 8  # the longest unit beside a vertical colour bar


@dataclass(frozen=True)
class Scale:
    """The range of values of a map. A diverging scale is symmetric around zero."""

    low: float
    high: float
    diverging: bool
    unit: str = ""

    @staticmethod
    def of(values: NDArray[np.floating], diverging: bool | None = None, unit: str = "") -> Scale:
        """The scale of the finite values. By default it is diverging if the values have both signs."""
        finite = np.asarray(values, dtype=float)
        finite = finite[np.isfinite(finite)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
        if diverging is None:
            diverging = low < 0 < high
        if diverging:
            high = max(abs(low), abs(high))
            return Scale(-high, high, True, unit)
        if low == high:
            # A single value: start at zero, so that zero is at the low end and any other value is not.
            low, high = min(low, 0.0), max(high, 0.0)
        return Scale(low, high, False, unit)

    def levels(self, values: NDArray[np.floating], count: int) -> Levels:
        """The level 0 .. count-1 of each value, `count` for NaN. Zero on a diverging scale is the middle level."""
        span = self.high - self.low
        with np.errstate(over="ignore"):
            fraction = (np.asarray(values, dtype=float) - self.low) / span if span > 0 else np.zeros(np.shape(values))
        fraction = np.where(np.isnan(values), 0.5 if self.diverging else 0.0, fraction)
        if self.diverging:
            fraction = fraction if span > 0 else np.full_like(fraction, 0.5)
            level = np.floor(np.clip(fraction, 0, 1) * (count - 1) + 0.5)
        else:
            level = np.minimum(np.floor(np.clip(fraction, 0, 1) * count), count - 1)
        return np.where(np.isnan(values), count, level).astype(np.intp)

    def legend_texts(self) -> tuple[str, str, str]:
        """The high, middle and low number with equal decimals: three digits of the largest, without trailing zeros."""
        return _legend_texts(self.low, self.high)


@lru_cache(maxsize=256)  # a map asks for them four times
def _legend_texts(low: float, high: float) -> tuple[str, str, str]:
    values = (high, (low + high) / 2, low)
    texts = [format_tick(value) for value in values]
    size = max(abs(high), abs(low))
    if not any("e" in text for text in texts) and 0 < size < math.inf:
        decimals = max(0, 2 - math.floor(math.log10(size)))
        rounded = [round(value, decimals) for value in values]
        while decimals and all(round(value, decimals - 1) == value for value in rounded):
            decimals -= 1
        texts = [f"{value:,.{decimals}f}" if value else "0" for value in rounded]
    return texts[0], texts[1], texts[2]


def side_legend(scale: Scale, rows: int, palette: Palette) -> Drawing:
    """Draw a vertical colour bar with its high, middle and low number and the unit."""
    bar = _side_bar(rows, palette, scale.diverging)
    texts = [""] * rows
    widest = max(map(len, scale.legend_texts()))
    high, middle, low = (text.rjust(widest) for text in scale.legend_texts())
    texts[0], texts[-1] = high, low
    if rows >= 5:
        texts[(rows - 1) // 2] = middle
    if rows >= 7:
        texts[1] = _side_unit(scale)
    muted = palette.style(palette.muted)
    return Drawing.of_lines(
        [(*line, Span(" " + palette.text(text), muted)) for line, text in zip(bar.lines, texts, strict=True)],
        side_legend_width(scale),
    )


@lru_cache(maxsize=64)  # the bar is the same for every neuron; only the numbers beside it change
def _side_bar(rows: int, palette: Palette, diverging: bool) -> Drawing:
    """Draw the colours of a scale, the high end at the top."""
    pixels = rows * palette.rows_per_cell
    fractions = 1 - (np.arange(pixels) + 0.5) / pixels
    levels = (fractions * level_count(palette, diverging)).astype(np.intp)
    return paint(np.repeat(levels[:, None], 2, axis=1), palette, diverging)


def side_legend_width(scale: Scale) -> int:
    """The width of `side_legend` in columns."""
    return 3 + max(map(len, (*scale.legend_texts(), _side_unit(scale))))


def line_legend(scale: Scale, width: int, palette: Palette) -> Drawing:
    """Draw the legend in one line: low, colour bar, high, unit; nothing where both numbers do not fit."""
    count = level_count(palette, scale.diverging)
    high, _, low = scale.legend_texts()
    muted = palette.style(palette.muted)
    length = min(count, width - len(low) - len(high) - 2)
    if length < 3:
        text = f"{low} to {high}"
        return Drawing.of_lines([palette.text(text) if len(text) <= width else ""], width, muted)
    levels = ((np.arange(length) + 0.5) / length * count).astype(np.intp)[None, :]
    bar = paint(np.repeat(levels, palette.rows_per_cell, axis=0), palette, scale.diverging)
    tail = f" {high} {_fit_unit(scale.unit, width - len(low) - length - len(high) - 3)}"
    line = (Span(low + " ", muted), *bar.lines[0], Span(palette.text(tail), muted))
    return Drawing.of_lines([line], width)


def _side_unit(scale: Scale) -> str:
    return _fit_unit(scale.unit, _SIDE_UNIT)


def _fit_unit(unit: str, room: int) -> str:
    """As many parts of the unit, separated by dots, as fit; a part is whole or absent."""
    parts = unit.split(" · ")
    while parts and len(" · ".join(parts)) > room:
        parts.pop()
    return " · ".join(parts)
