"""Fit the states of the header into a width, each whole or by a shorter text of its own."""

from __future__ import annotations

from collections.abc import Sequence

_DOT = " · "


def fit_states(states: Sequence[Sequence[str]], width: int) -> str:
    """Join states by ` · `; each has its texts from the longest to the shortest.

    The longest text that can be shortened is shortened first; if all are at their shortest, the last is dropped.

    >>> fit_states([("playing",), ("ablated: cluster 14, cluster 52", "ablated: cluster 14, …")], 35)
    'playing · ablated: cluster 14, …'
    """
    remaining = [list(texts) for texts in states if texts]
    while remaining and len(line := _DOT.join(texts[0] for texts in remaining)) > width:
        shortenable = [texts for texts in remaining if len(texts) > 1]
        if shortenable:
            max(shortenable, key=lambda texts: len(texts[0])).pop(0)
        else:
            remaining.pop()
    return line if remaining else ""
