"""Text in terminal cells. Names of runs come from outside: they may hold any character, of any width.

Drawings hold one character per cell, so that a length is a width. A wide character takes its cell and one with
`WIDE_TAIL` after it. `to_cells` makes such text, `from_cells` makes the text to print.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# For private use, so that no name has it: `clean` replaces it.
WIDE_TAIL = "\ue000"
# They join or separate the letters around them, and have no width.
_JOINERS = frozenset("\u200c\u200d")


def clean(text: str) -> str:
    """Replace every character that could control a terminal by "·"; letters of any script stay.

    >>> clean("a\\x1b[2J 文")
    'a·[2J 文'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_harmless, text))


def to_cells(text: str) -> str:
    """Like `clean`, with one character per cell; marks that cannot be composed with their letter are dropped.

    >>> len(to_cells("a文")), to_cells("e\\u0301")
    (3, 'é')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_cells, unicodedata.normalize("NFC", text.replace(WIDE_TAIL, ""))))


def from_cells(cells: str) -> str:
    """The text to print of one character per cell.

    >>> from_cells(to_cells("a文"))
    'a文'
    """
    return cells.replace(WIDE_TAIL, "")


def cut_cells(cells: str, start: int, end: int) -> str:
    """The cells start..end-1; half of a wide character is a blank.

    >>> cut_cells(to_cells("文文"), 1, 4)
    ' 文\\ue000'
    """
    cut = cells[start:end]
    if cut and cut[0] == WIDE_TAIL:
        cut = " " + cut[1:]
    if cut and end < len(cells) and cells[end] == WIDE_TAIL:
        cut = cut[:-1] + " "
    return cut


@lru_cache(maxsize=4096)
def _harmless(character: str) -> str:
    category = unicodedata.category(character)
    controls = (category[0] == "C" and character not in _JOINERS) or category in ("Zl", "Zp")
    return "·" if controls else character


@lru_cache(maxsize=4096)
def _cells(character: str) -> str:
    """The cells of a character: one, two, or none."""
    if character in _JOINERS or unicodedata.category(character) in ("Mn", "Me"):
        return ""
    wide = unicodedata.east_asian_width(character) in "WF"
    return character + WIDE_TAIL if wide else _harmless(character)
