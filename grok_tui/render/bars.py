"""Bars in eighths of a cell."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Run, fit, merged
from grok_tui.render.frame import framed, header_line, room
from grok_tui.render.heatmap import pool
from grok_tui.render.palette import Palette
from grok_tui.render.ticks import linear_ticks

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def bar_chart(
    values: NDArray[np.floating],
    width: int,
    height: int,
    palette: Palette,
    *,
    labels: Sequence[str] | None = None,
    first: int = 1,
    x_label: str = "",
    y_label: str = "",
    highlight: Collection[int] = (),
    y_range: tuple[float, float] | None = None,
) -> Drawing:
    """One bar a value, at exactly that size; where there are more bars than columns, a column is its largest.

    Bars are numbered from `first`, and `highlight` names them by these numbers: such a bar has the accent
    colour and a pointer below. `y_range` is for charts that share a scale; zero is always on it.
    """
    values = np.asarray(values, dtype=float).ravel()
    width, height = max(width, 0), max(height, 0)
    finite = values[np.isfinite(values)] if y_range is None else np.array(y_range)
    low = min(float(finite.min()), 0.0) if finite.size else 0.0
    high = max(float(finite.max()), 0.0) if finite.size else 0.0
    high = high if high > low else low + 1.0
    rough = linear_ticks(low, high, max(height // 3, 2))
    area = room(width, height, max((len(t.text) for t in rough), default=1), bool(y_label))
    if area.columns < 1 or area.rows < 1:
        return fit(Drawing(0, ()), width, height)

    slots = min(len(values), area.columns)
    step = area.columns // slots if slots else 1
    chosen = {number - first for number in highlight if 0 <= number - first < len(values)}
    shown = pool(values[None, :], 1, slots)[0] if slots else values
    lit = {((index + 1) * slots - 1) // len(values) for index in chosen}
    grid = _columns(shown, low, high, area.rows, palette)
    plain, accent = palette.style(palette.series[0]), palette.style(palette.accent, bold=True)
    thick = max(step - 1, 1)
    lines = []
    for row in range(area.rows):
        runs = []
        for slot in range(slots):
            runs.append(Run(grid[slot][row] * thick, accent if slot in lit else plain))
            runs.append(Run(" " * (step - thick)))
        lines.append(merged(runs))
    canvas = Drawing.of_lines(lines, slots * step)

    def middle(index: float) -> int:
        return int((index + 1) * slots - 1) // len(values) * step + (thick - 1) // 2

    if labels is not None:
        x_ticks = [(middle(index), palette.text(label)) for index, label in enumerate(labels[: len(values)])]
    else:
        ticks = linear_ticks(first, first + len(values) - 1, min(max(area.columns // 6, 1), 12)) if slots else []
        whole = [round(tick.value) for tick in ticks if tick.value == round(tick.value)]
        x_ticks = [(middle(number - first), f"{number:,}") for number in whole]
    y_ticks = [(_row(t.value, low, high, area.rows), t.text) for t in rough if low <= t.value <= high]
    drawing = framed(
        canvas,
        area,
        palette,
        y_ticks=y_ticks,
        x_ticks=x_ticks,
        x_label=x_label,
        header=header_line(y_label, (), width, palette),
        marked=[slot * step + (thick - 1) // 2 for slot in lit],
    )
    return fit(drawing, width, height)


def _row(value: float, low: float, high: float, rows: int) -> int:
    return min(max(round((high - value) / (high - low) * rows - 0.5), 0), rows - 1)


def _columns(values: NDArray[np.floating], low: float, high: float, rows: int, palette: Palette) -> list[str]:
    """For each bar its glyphs from top to bottom."""
    below = round(-low / (high - low) * rows)  # rows under the zero line
    if low < 0:
        below = min(max(below, 1), rows)
    over = rows - below
    columns = []
    for value in np.nan_to_num(values, nan=0.0, posinf=high, neginf=low).tolist():
        up = round(max(value, 0.0) / high * over * 8) if high > 0 else 0
        down = round(max(-value, 0.0) / -low * below * 2) if low < 0 else 0
        rising = "".join(_EIGHTHS[min(max(up - 8 * row, 0), 8)] for row in range(over - 1, -1, -1))
        falling = "".join(" ▀█"[min(max(down - 2 * row, 0), 2)] for row in range(below))
        columns.append(rising + falling)
    if palette.ascii:
        table = str.maketrans("▁▂▃▄▅▆▇█▀", "...::::#'")
        columns = [column.translate(table) for column in columns]
    return columns
