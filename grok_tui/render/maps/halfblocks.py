"""A line of half-blocks in few runs and few bytes: two values a cell, the upper and the lower half.

A run goes on while its cells need no third colour, and keeps what it can of the colours of the run before it: a
terminal is sent up to 17 bytes for a colour, and 3 for a glyph.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from grok_tui.render.cells import Line, Span, Style

_OPEN, _NONE = -1, -2  # in place of a level: any colour may still be the foreground; no run has begun


def half_blocks(stretches: Iterable[tuple[int, int, int]], styles: Sequence[Sequence[Style]]) -> Line:
    """A line given as (upper level, lower level, number of cells), in `pair_styles` of its levels' colours.

    This is what a map costs to draw, a turn of the loop for nearly every cell: hence its shape, and the cheapest way
    to make a named tuple.
    """
    runs: list[Span] = []
    text, back, fore = "", _NONE, _NONE
    old_back = old_fore = _NONE  # what the terminal has when this run begins
    for upper, lower, length in stretches:
        if fore == _OPEN and (upper == lower or back in (upper, lower)):
            fore = _OPEN if upper == lower == back else lower if upper == back else upper
            if fore == old_back:  # as a background it need not be sent again
                back, fore, text = fore, back, "█" * len(text)
        if upper == back and (lower in (back, fore)):
            text += (" " if lower == back else "▄") * length
        elif upper == fore and (lower in (back, fore)):
            text += ("▀" if lower == back else "█") * length
        else:
            if text:
                runs.append(tuple.__new__(Span, (text, styles[back][fore])))
                old_back, old_fore = back, old_fore if fore == _OPEN else fore
            if upper == lower:
                back, fore, text = upper, _OPEN, " " * length
            elif upper == old_back or lower == old_fore:
                back, fore, text = upper, lower, "▄" * length
            else:
                back, fore, text = lower, upper, "▀" * length
    return (*runs, Span(text, styles[back][fore])) if text else ()


@lru_cache(maxsize=16)
def pair_styles(colours: Sequence[str]) -> Sequence[Sequence[Style]]:
    """By background, then by foreground; the last one, at -1, has no foreground."""
    return [[Style(fore, back) for fore in (*colours, None)] for back in colours]
