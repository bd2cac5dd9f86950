"""A curve as one line of bars, for a cell of a table."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, log10

from grok_tui.render.palette import Palette

_BARS, _ASCII_BARS = "▁▂▃▄▅▆▇█", "_.-:=+*#"


def sparkline(
    x: Sequence[float], values: Sequence[float | None], width: int, palette: Palette, *, log: bool = False
) -> str:
    """The values over x in `width` bars, from the lowest value to the highest; blanks before the first one.

    Each bar shows the last value up to the end of its interval of x, on a log scale the logarithm of it. A curve of one
    value is a line in the middle.

    >>> from grok_tui.render.palette import DARK
    >>> sparkline([0, 1, 2, 3], [1.0, 10.0, None, 1000.0], 4, DARK, log=True)
    '▁▃▃█'
    """
    last: dict[int, float] = {}
    span = (x[-1] - x[0]) if len(x) > 1 else 0
    for place, value in zip(x, values, strict=True):
        if value is not None and isfinite(value) and (value > 0 or not log):
            cell = min(int((place - x[0]) / span * width), width - 1) if span else 0
            last[cell] = log10(value) if log else value
    if not last:
        return ""
    low, high = min(last.values()), max(last.values())
    bars = _ASCII_BARS if palette.ascii else _BARS
    top = len(bars) - 1
    text, bar = [], " "
    for cell in range(max(last) + 1):
        if (known := last.get(cell)) is not None:
            bar = bars[_level(known, low, high, top)]
        text.append(bar)
    return "".join(text)


def _level(value: float, low: float, high: float, top: int) -> int:
    return top // 2 if high <= low else int((value - low) / (high - low) * top + 0.5)
