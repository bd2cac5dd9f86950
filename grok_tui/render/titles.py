"""Lines of parts, `neuron 7 · activation over x, y · epoch 9,000`, where there is less room than they need.

What is given up are words, then whole parts: a number that is cut in two would be another number.
"""

from __future__ import annotations

import re

_DOT = " · "
_ENDS_IN_A_NUMBER = re.compile(r"\d[\d,]*$")


def fit_title(title: str, name: str, width: int) -> str:
    """A view's title in so many columns: long words give way to the view's `name` or go, the epoch goes last.

    >>> fit_title("quadratic fraction before and after · epoch 40,000", "quadratic", 30)
    'quadratic · epoch 40,000'
    >>> fit_title("clusters · epoch 40,000 · keys of 40,000", "clusters", 30)
    'clusters · epoch 40,000'
    """
    parts = title.split(_DOT)
    while len(_DOT.join(parts)) > width:
        words = [one for one in parts if one != name and not _ENDS_IN_A_NUMBER.search(one)]
        lesser = [one for one in parts[1:] if one != name and not one.startswith("epoch")]
        if words:
            longest = parts.index(max(words, key=len))
            others = parts[:longest] + parts[longest + 1 :]
            named = any(one.startswith(name) for one in others) or len(name) >= len(parts[longest])
            parts[longest : longest + 1] = [] if named else [name]
        elif lesser:
            parts.remove(lesser[-1])
        elif name not in parts and len(name) < len(parts[0]):
            parts[0] = name
        else:
            break
    return fit_parts(_DOT.join(parts or [name]), width)


def fit_parts(line: str, width: int) -> str:
    """As many of a line's parts, from the first on, as have room; an ellipsis where only a piece of the first has."""
    parts = line.split(_DOT)
    while len(parts) > 1 and len(_DOT.join(parts)) > width:
        parts.pop()
    kept = _DOT.join(parts)
    return kept if len(kept) <= width else kept[: max(width - 1, 0)] + "…"
