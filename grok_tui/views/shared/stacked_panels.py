"""Small charts one above the other, with one x axis."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grok_tui.render.cells import Drawing, above, fit

_LEAST_WIDTH, _LEAST_ROWS = 24, 3


def panel_rows(count: int, width: int, height: int) -> int | None:
    """Lines for each of `count` panels, its header included; None if not all fit."""
    rows = (height - 2) // max(count, 1)
    return rows if rows >= _LEAST_ROWS and width >= _LEAST_WIDTH else None


def stacked(charts: Sequence[Drawing], rows: int, width: int) -> Drawing:
    """Stack charts of `rows` + 2 lines; all but the last lose the two lines of their x axis."""
    return above(*(fit(chart, width, rows) for chart in charts[:-1]), charts[-1])


def with_hidden(text: Callable[[int], str], hidden: int, width: int) -> str:
    """A text, made for a number of cells, and behind it how many panels do not fit."""
    if not hidden:
        return text(width)
    for note in (f"{hidden} more in a larger pane", f"{hidden} more"):
        beside = text(width - len(note) - 3)
        if len(beside) + len(note) + 3 <= width:
            return f"{beside} · {note}"
    return text(width)
