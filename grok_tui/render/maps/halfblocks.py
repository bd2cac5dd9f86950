"""Draw a line of half-blocks, two values per cell, in few spans and few bytes.

A span continues while its cells need no third colour. A new span keeps the colours of the previous one where it can: a
colour costs up to 17 bytes on the way to the terminal, a glyph 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from grok_tui.render.cells import Line, Span, Style

_OPEN, _NONE = -1, -2  # instead of a level: the foreground is still free; there is no span yet


def half_blocks(stretches: Iterable[tuple[int, int, int]], styles: Sequence[Sequence[Style]]) -> Line:
    """Draw stretches of (upper level, lower level, number of cells) in the `pair_styles` of the levels' colours.

    Drawing a map spends most of its time here, with one iteration for nearly every cell. That is why this is one loop,
    and why it makes named tuples with `tuple.__new__`.
    """
    spans: list[Span] = []
    text, back, fore = "", _NONE, _NONE
    old_back = old_fore = _NONE  # the colours in force at the start of this span
    for upper, lower, length in stretches:
        if fore == _OPEN and (upper == lower or back in (upper, lower)):
            fore = _OPEN if upper == lower == back else lower if upper == back else upper
            if fore == old_back:  # in force as the background, so it need not be sent again
                back, fore, text = fore, back, "█" * len(text)
        if upper == back and (lower in (back, fore)):
            text += (" " if lower == back else "▄") * length
        elif upper == fore and (lower in (back, fore)):
            text += ("▀" if lower == back else "█") * length
        else:
            if text:
                spans.append(tuple.__new__(Span, (text, styles[back][fore])))
                old_back, old_fore = back, old_fore if fore == _OPEN else fore
            if upper == lower:
                back, fore, text = upper, _OPEN, " " * length
            elif upper == old_back or lower == old_fore:
                back, fore, text = upper, lower, "▄" * length
            else:
                back, fore, text = lower, upper, "▀" * length
    return (*spans, Span(text, styles[back][fore])) if text else ()


@lru_cache(maxsize=16)
def pair_styles(colours: Sequence[str]) -> Sequence[Sequence[Style]]:
    """Styles [background, foreground]; the last foreground, at -1, is None."""
    return [[Style(fore, back) for fore in (*colours, None)] for back in colours]
