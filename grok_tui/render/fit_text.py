"""Shorten text to a width: a number is whole or absent, and a text that was cut ends in an ellipsis."""

from __future__ import annotations

import re

from grok_tui.render.cell_text import cut_cells, to_cells

_NUMBER = re.compile(r"[+\-−±]?(?:\d[\d,.]*\d|\d)(?:e[+-]?\d+)?%?")


def fit_text(text: str, width: int) -> str:
    """Cut a text to `width` cells. What is cut ends in an ellipsis, behind a blank after a number.

    The result has one character per cell: see `cell_text`.

    >>> fit_text("key frequencies 14, 35, 41, 42", 27), fit_text("at share 0.85 or more", 20)
    ('key frequencies 14, 35, …', 'at share 0.85 or mo…')
    """
    cells = to_cells(text)
    if len(cells) <= width:
        return cells
    if width < 1:
        return ""
    kept = without_cut_number(cells, width - 1).rstrip(" ·:(")
    while kept and _ends_in_number(kept) and len(kept) + 2 > width:  # no room for the blank
        kept = kept[: kept.rstrip(",").rfind(" ") + 1].rstrip(" ·:(")
    return kept + (" …" if _ends_in_number(kept) else "…")


def without_cut_number(cells: str, width: int) -> str:
    """The first `width` cells, without a number that ends behind them.

    >>> without_cut_number("0 to 4,040", 8)
    '0 to '
    """
    start = cut_number_start(cells, width)
    return cut_cells(cells, 0, width if start is None else start)


def cut_number_start(cells: str, width: int) -> int | None:
    """Where the number starts that a cut at `width` would divide; None if it divides none."""
    for match in _NUMBER.finditer(cells):
        if match.start() >= width:
            return None
        if match.end() > width:
            return match.start()
    return None


def _ends_in_number(text: str) -> bool:
    return any(character.isdigit() for character in text.rsplit(" ", 1)[-1])
