"""plotext's canvas of dots, for charts that stand still.

This is the only file that knows plotext, and plotext is imported when the first such chart is drawn. It draws single
curves of a whole run, which change only when something new is measured or the pane is resized and are kept in
between. What changes with every key is drawn by `raster`: plotext needs 5 to 40 ms a chart, most of them for walking
its canvas cell by cell in Python, and a screen may hold five. So are several curves in one chart: of those that meet
in a cell, plotext keeps the dots of the last alone.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence

import numpy as np

from grok_tui.render.charts.axis import DOTS_X, DOTS_Y
from grok_tui.render.charts.canvas import Canvas, Trace

_TOKEN = re.compile(r"\x1b\[([\d;]*)m|([^\x1b])")
PLOTTED = ("braille", "ascii")  # the palette's markers that plotext draws as `raster` does


def plotted(traces: Sequence[Trace], columns: int, rows: int) -> Canvas:
    """The traces on rows x columns cells; markers are braille or single glyphs."""
    width, height = columns * DOTS_X - 1, rows * DOTS_Y - 1
    figure = importlib.import_module("plotext._figure")._figure_class()
    figure._limit_size(False, False)  # whatever the size of the terminal, if there is one
    figure.plot_size(columns, rows)
    figure.clear_color()
    figure.frame(False)
    figure.xticks([])
    figure.yticks([])
    figure.xlim(0, width)
    figure.ylim(0, height)
    for index, trace in enumerate(traces):
        across, up = _points(trace, columns, rows)
        if across:
            # The colour only carries the index: which colour that is, is not plotext's business.
            draw = figure.plot if trace.line else figure.scatter
            draw(across, up, marker=trace.marker, color=(0, index // 256, index % 256))
    return _read(figure.build(), columns, rows)


def _points(trace: Trace, columns: int, rows: int) -> tuple[list[float | None], list[float | None]]:
    """The trace as plotext takes it: None where no line is to lead to the next point."""
    x, y = trace.x, trace.y
    if trace.marker != "braille":
        # The whole cell, in the dots that plotext will round to that cell again.
        x = x // DOTS_X * ((columns * DOTS_X - 1) / max(columns - 1, 1))
        y = y // DOTS_Y * ((rows * DOTS_Y - 1) / max(rows - 1, 1))
    across: list[float | None] = []
    up: list[float | None] = []
    for one_x, one_y, gap in zip(x.tolist(), y.tolist(), trace.broken.tolist(), strict=True):
        if gap:
            across.append(None)
            up.append(None)
        across.append(one_x)
        up.append(one_y)
    return across, up


def _read(built: str, columns: int, rows: int) -> Canvas:
    """plotext's text of glyphs and colour codes as a canvas."""
    glyphs = np.full((rows, columns), ord(" "), dtype=np.uint32)
    owners = np.full((rows, columns), -1, dtype=np.intp)
    for row, text in enumerate(built.split("\n")[:rows]):
        column, owner = 0, -1
        for codes, glyph in _TOKEN.findall(text):
            if glyph:
                glyphs[row, column], owners[row, column] = ord(glyph), owner
                column += 1
                continue
            parts = codes.split(";")
            owner = int(parts[3]) * 256 + int(parts[4]) if parts[:2] == ["38", "2"] else -1
    return Canvas(glyphs, owners)
