"""The line of numbers below a chart or a map, with the title of the axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

_GAP = 2  # blanks between two texts
Placed = tuple[int, str]  # start column, text


class TickLine(NamedTuple):
    """Texts with their start columns, counted from the left edge of the plotting area."""

    texts: list[Placed]
    title_start: int | None  # None: there is no room for the title


def tick_line(
    choices: Sequence[Sequence[tuple[int, str]]], columns: int, title: str, left: int, right: int
) -> TickLine:
    """Place the (column, text) of ticks below `columns` columns, and the title of the axis beside them.

    `choices` are lists of ticks; the first that fits with the title is taken, else the first that fits without it. The
    title is right of the numbers, or left of them in the `left` columns below the numbers of the other axis, or in the
    last gap that is wide enough; it covers no number. It may end at the column `right`, beyond the plotting area.
    """
    without_title: list[Placed] | None = None
    for ticks in choices:
        placed = place_texts(ticks, columns)
        if len(placed) < len(ticks):
            continue
        start = _title_start(placed, columns, title, left, right)
        if without_title is None:
            without_title = placed
        if (start is not None or not title) and (len(placed) > 1 or placed is without_title):
            return TickLine(placed, start)
    placed = place_texts(choices[-1] if choices else (), columns) if without_title is None else without_title
    return TickLine(placed, _title_start(placed, columns, title, left, right))


def place_texts(ticks: Sequence[tuple[int, str]], width: int) -> list[Placed]:
    """(start column, text) of those of the (column, text) that fit on a line; earlier ones take precedence.

    A text is centred on its column, or moved to the right to avoid the previous text, as long as it covers its column.
    """
    placed: list[Placed] = []
    end = -_GAP
    for column, text in ticks:
        start = min(max(column - (len(text) - 1) // 2, 0), width - len(text))
        start = max(start, min(end + _GAP, column, width - len(text)))
        if start >= 0 and start >= end + _GAP:
            placed.append((start, text))
            end = start + len(text)
    return placed


def _title_start(placed: Sequence[Placed], columns: int, title: str, left: int, right: int) -> int | None:
    """Where the title starts; None if it has no room."""
    if not title:
        return None
    end = max((start + len(text) + _GAP for start, text in placed), default=0)
    start = max(end, columns - len(title))
    if start + len(title) <= right:
        return start
    start = max(-left, -1 - len(title))
    if start + len(title) < min((first for first, _ in placed), default=columns):
        return start
    ends = [start + len(text) + _GAP for start, text in placed]
    gaps = [(low, following - _GAP) for low, (following, _) in zip(ends, placed[1:], strict=False)]
    wide = [(low, high) for low, high in gaps if high - low >= len(title)]
    return (wide[-1][0] + wide[-1][1] - len(title)) // 2 if wide else None
