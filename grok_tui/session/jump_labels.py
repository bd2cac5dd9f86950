"""The letters of jump mode."""

from __future__ import annotations

# Those under the fingers first.
_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


def jump_labels(count: int) -> list[str]:
    """`count` distinct labels, at most 676: one letter each, or two letters for the last if there are more than 26.

    No label is the start of another, so that typing one decides.

    >>> jump_labels(3), jump_labels(28)[24:]
    (['a', 's', 'd'], ['n', 'ma', 'ms', 'md'])
    """
    letters = len(_LETTERS)
    pairs = next(n for n in range(letters + 1) if letters - n + letters * n >= min(count, letters**2))
    singles = list(_LETTERS[: letters - pairs])
    return [*singles, *(first + second for first in _LETTERS[letters - pairs :] for second in _LETTERS)][:count]
