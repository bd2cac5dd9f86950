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
    """Draw the traces on rows x columns cells.

    Lines that share cells take turns, from cell to cell, each with its own dots and colour: both are dashed there.
    A dim line gives way to others. Points have all their dots, with those of the line; the last of them owns the cell.
    """
    drawn = [_bits(trace, columns, rows) for trace in traces]
    lines = [index for index, trace in enumerate(traces) if trace.line]
    owners = _line_owners(lines, traces, drawn, columns, rows)
    bits = np.zeros((rows, columns), dtype=np.intp)
    glyphs = np.full((rows, columns), ord(" "), dtype=np.uint32)
    for index in (*lines, *(index for index, trace in enumerate(traces) if not trace.line)):
        trace = traces[index]
        own = owners == index if trace.line else drawn[index] > 0
        bits[own] |= drawn[index][own]
        owners[own] = index
        glyphs[own] = _GLYPHS[trace.marker][bits[own]] if trace.marker in _GLYPHS else ord(trace.marker)
    return Canvas(glyphs, owners)


def _bits(trace: Trace, columns: int, rows: int) -> NDArray[np.intp]:
    """The dots of a trace in each cell [row, column], as bits; 1 for a marker that fills the cell."""
    weights = _WEIGHTS.get(trace.marker)
    down, across = (1, 1) if weights is None else weights.shape
    x, y = _dots(trace, across, down)
    inside = (x >= 0) & (x < columns * across) & (y >= 0) & (y < rows * down)
    x, y = x[inside], rows * down - 1 - y[inside]  # y from the top
    bits = np.zeros((rows, columns), dtype=np.intp)
    if weights is None:
        bits[y, x] = 1
    else:
        np.bitwise_or.at(bits, (y // down, x // across), weights[y % down, x % across])
    return bits


def _line_owners(
    lines: Sequence[int], traces: Sequence[Trace], drawn: Sequence[NDArray[np.intp]], columns: int, rows: int
) -> NDArray[np.intp]:
    """The line [row, column] that owns each cell; -1 where there is none."""
    owners = np.full((rows, columns), -1, dtype=np.intp)
    turn = np.add.outer(np.arange(rows), np.arange(columns))
    for is_dim in (True, False):
        there = [index for index in lines if traces[index].dim is is_dim]
        if not there:
            continue
        present = np.array([drawn[index] > 0 for index in there])
        count = present.sum(axis=0)
        place = np.cumsum(present, axis=0) - 1
        chosen = present & (place == turn % np.maximum(count, 1))
        for index, cells in zip(there, chosen, strict=True):
            owners[cells] = index
    return owners


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
