"""Shorten titles such as `neuron 7 · activation over x, y · epoch 9,000` to the width of a pane.

Words are dropped first, then whole parts. A number is never cut: half a number is a different number.
"""

from __future__ import annotations

import re

from grok_tui.render.cell_text import to_cells
from grok_tui.render.fit_text import fit_text

_DOT = " · "
_ENDS_IN_A_NUMBER = re.compile(r"\d[\d,]*$")


def fit_title(title: str, name: str, width: int) -> str:
    """Shorten a view's title to `width` columns: replace long parts by the view's `name`, drop others, the epoch last.

    >>> fit_title("quadratic fraction before and after · epoch 40,000", "quadratic", 30)
    'quadratic · epoch 40,000'
    >>> fit_title("clusters · epoch 40,000 · keys of 40,000", "clusters", 30)
    'clusters · epoch 40,000'
    >>> fit_title("attention from = · epoch 40,000 · head 0", "attention-history", 34)
    'attention from = · epoch 40,000'
    """
    parts = to_cells(title).split(_DOT)
    while len(_DOT.join(parts)) > width:
        words = [part for part in parts if part != name and not _ENDS_IN_A_NUMBER.search(part)]
        droppable = [part for part in parts[1:] if part != name and not part.startswith("epoch")]
        if words:
            longest = parts.index(max(words, key=len))
            others = parts[:longest] + parts[longest + 1 :]
            spare = [part for part in droppable if part != parts[longest]]
            if any(part.startswith(name) for part in others):
                del parts[longest]
            elif len(name) < len(parts[longest]):
                parts[longest] = name
            elif spare:  # the words are all that says what the pane shows
                parts.remove(spare[-1])
            else:
                del parts[longest]
        elif droppable:
            parts.remove(droppable[-1])
        elif name not in parts and len(name) < len(parts[0]):
            parts[0] = name
        else:
            break
    return fit_parts(_DOT.join(parts or [name]), width)


def fit_parts(line: str, width: int) -> str:
    """Drop parts from the end until a line fits. If the first part alone is too long, cut it with an ellipsis.

    The result has one character per cell: see `cell_text`.
    """
    parts = to_cells(line).split(_DOT)
    while len(parts) > 1 and len(_DOT.join(parts)) > width:
        parts.pop()
    return fit_text(_DOT.join(parts), width)
