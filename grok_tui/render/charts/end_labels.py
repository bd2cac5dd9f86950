"""The names of curves at their right ends, in place of a legend."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from grok_tui.render.cells import Drawing, Span, put
from grok_tui.render.charts.axis import DOTS_Y, Floats

_MOST = 0.25  # of the width for labels


def label_columns(entries: Sequence[Span], width: int, rows: int) -> int:
    """The columns that the labels take at the right of a chart; 0 if they take too many or are more than the rows."""
    columns = 1 + max((len(entry.text) for entry in entries), default=0)
    return columns if columns <= _MOST * width and len(entries) <= rows else 0


def with_end_labels(
    drawing: Drawing, entries: Sequence[Span], dots: Sequence[tuple[Floats, Floats]], column: int, top: int, rows: int
) -> Drawing:
    """Write each entry at `column`, as near as possible to the row of its curve's last point; `dots` as in a chart."""
    wanted = [_last_row(x, y, rows) for x, y in dots]
    for entry, row in zip(entries, spread_rows(wanted, rows), strict=True):
        drawing = put(drawing, column, top + row, entry.text, entry.style)
    return drawing


def spread_rows(wanted: Sequence[int], rows: int) -> list[int]:
    """Different rows 0 .. rows-1, in the order of the wanted ones and near to them. There are at least as many rows.

    >>> spread_rows([3, 3, 9, 0], 10)
    [3, 4, 9, 0]
    >>> spread_rows([9, 9, 9], 10)
    [7, 8, 9]
    """
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    placed = [0] * len(wanted)
    following = 0
    for index in order:
        placed[index] = following = max(wanted[index], following)
        following += 1
    limit = rows - 1
    for index in reversed(order):
        placed[index] = limit = min(placed[index], limit)
        limit -= 1
    return placed


def _last_row(x: Floats, y: Floats, rows: int) -> int:
    """The row from the top of the last point that is drawn; the bottom row without any."""
    shown = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not shown.size:
        return rows - 1
    return min(max(rows - 1 - int(y[shown[-1]] // DOTS_Y), 0), rows - 1)
