"""Draw a single curve with plotext.

This is the only module that imports plotext, and it does so when it draws the first such chart. plotext takes 5 to
40 ms a chart, because it walks over its canvas cell by cell in Python. It therefore draws only curves over a whole run:
these change when a checkpoint arrives or a pane is resized, and are cached in between. `raster` draws everything that
changes with a key press, and charts with several curves: where two curves share a cell, plotext keeps only the dots of
the last one.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

import numpy as np

from grok_tui.render.charts.axis import DOTS_X, DOTS_Y
from grok_tui.render.charts.canvas import Canvas, Trace

_ESCAPE_OR_GLYPH = re.compile(r"\x1b\[([\d;]*)m|([^\x1b])")
# plotext has one global figure.
_FIGURE_LOCK = threading.Lock()

PLOTEXT_MARKERS = ("braille", "ascii")  # of a palette's markers, those that plotext draws on the same dots as `raster`


def draw_with_plotext(traces: Sequence[Trace], columns: int, rows: int) -> Canvas:
    """Draw the traces on rows x columns cells. Markers are "braille" or single glyphs."""
    import plotext

    with _FIGURE_LOCK:
        plotext.clear_figure()
        plotext.limit_size(False, False)  # by default plotext crops to the size of the terminal
        plotext.plot_size(columns, rows)
        plotext.clear_color()
        plotext.frame(False)
        plotext.xticks([])
        plotext.yticks([])
        plotext.xlim(0, columns * DOTS_X - 1)
        plotext.ylim(0, rows * DOTS_Y - 1)
        for index, trace in enumerate(traces):
            x, y = _coordinates(trace, columns, rows)
            if x:
                # The colour encodes the trace's index; the chart assigns the colours on the screen.
                draw = plotext.plot if trace.line else plotext.scatter
                draw(x, y, marker=trace.marker, color=(0, index // 256, index % 256))
        text = plotext.build()
    return _parse(text, columns, rows)


def _coordinates(trace: Trace, columns: int, rows: int) -> tuple[list[float | None], list[float | None]]:
    """The trace's x and y for plotext, with None before each point that no line leads to."""
    x, y = trace.x, trace.y
    if trace.marker != "braille":
        # The marker fills a cell: choose the dot that plotext rounds to that cell.
        x = x // DOTS_X * ((columns * DOTS_X - 1) / max(columns - 1, 1))
        y = y // DOTS_Y * ((rows * DOTS_Y - 1) / max(rows - 1, 1))
    xs: list[float | None] = []
    ys: list[float | None] = []
    for point_x, point_y, broken in zip(x.tolist(), y.tolist(), trace.broken.tolist(), strict=True):
        if broken:
            xs.append(None)
            ys.append(None)
        xs.append(point_x)
        ys.append(point_y)
    return xs, ys


def _parse(text: str, columns: int, rows: int) -> Canvas:
    """Read plotext's output, glyphs and SGR colour codes, into a canvas."""
    glyphs = np.full((rows, columns), ord(" "), dtype=np.uint32)
    owners = np.full((rows, columns), -1, dtype=np.intp)
    for row, line in enumerate(text.split("\n")[:rows]):
        column, owner = 0, -1
        for codes, glyph in _ESCAPE_OR_GLYPH.findall(line):
            if glyph:
                glyphs[row, column], owners[row, column] = ord(glyph), owner
                column += 1
                continue
            parts = codes.split(";")
            owner = int(parts[3]) * 256 + int(parts[4]) if parts[:2] == ["38", "2"] else -1
    return Canvas(glyphs, owners)
