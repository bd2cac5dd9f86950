"""Draw lines and points on a canvas with numpy: below a millisecond, for charts that change with every key press."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.axis import DOTS_X, DOTS_Y, Floats
from grok_tui.render.charts.canvas import Canvas, Trace

_Dots = NDArray[np.intp]

# The bit of each dot [row from the top, column] of a cell in the index of its glyph.
_WEIGHTS = {
    "braille": np.array([[1, 8], [2, 16], [4, 32], [64, 128]]),
    "quadrant": np.array([[1, 2], [4, 8]]),
    "half": np.array([[1], [2]]),
}
_GLYPHS = {
    "braille": np.concatenate([[ord(" ")], np.arange(0x2801, 0x2900)]).astype(np.uint32),
    "quadrant": np.array([*map(ord, " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")], dtype=np.uint32),
    "half": np.array([*map(ord, " ▀▄█")], dtype=np.uint32),
}


def rasterise(traces: Sequence[Trace], columns: int, rows: int) -> Canvas:
    """Draw the traces on rows x columns cells. A cell has the dots of all its traces, and the last of them owns it."""
    glyphs = np.full((rows, columns), ord(" "), dtype=np.uint32)
    owners = np.full((rows, columns), -1, dtype=np.intp)
    masks = {kind: np.zeros((rows, columns), dtype=np.intp) for kind in _WEIGHTS}
    for index, trace in enumerate(traces):
        weights = _WEIGHTS.get(trace.marker)
        down, across = (1, 1) if weights is None else weights.shape
        x, y = _dots(trace, across, down)
        inside = (x >= 0) & (x < columns * across) & (y >= 0) & (y < rows * down)
        x, y = x[inside], rows * down - 1 - y[inside]  # y from the top
        cell = y // down, x // across
        if weights is None:
            glyphs[cell] = ord(trace.marker)
        else:
            mask = masks[trace.marker]
            np.bitwise_or.at(mask, cell, weights[y % down, x % across])
            glyphs[cell] = _GLYPHS[trace.marker][mask[cell]]
        owners[cell] = index
    return Canvas(glyphs, owners)


def _dots(trace: Trace, across: int, down: int) -> tuple[_Dots, _Dots]:
    """The dots of a trace on a grid of `across` x `down` dots a cell; some occur twice, some are outside the canvas."""
    x, y = trace.x // (DOTS_X // across), trace.y // (DOTS_Y // down)
    if trace.line and len(x) > 1:
        x, y = _interpolate(x, y, trace.broken)
    return x.astype(np.intp), y.astype(np.intp)


def _interpolate(x: Floats, y: Floats, broken: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The points and the dots of the lines between them: one dot per column or per row, whichever is more."""
    run, rise = np.diff(x), np.diff(y)
    steps = np.where(broken[1:], 0, np.maximum(abs(run), abs(rise))).astype(np.intp)
    segment = np.repeat(np.arange(len(steps)), steps)
    step = np.arange(len(segment)) - np.repeat(np.cumsum(steps) - steps, steps)
    fraction = step / steps[segment]
    across = np.floor(x[segment] + run[segment] * fraction + 0.5)
    up = np.floor(y[segment] + rise[segment] * fraction + 0.5)
    return np.concatenate([across, x]), np.concatenate([up, y])
