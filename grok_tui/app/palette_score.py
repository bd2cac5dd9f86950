"""How well a command of the palette matches what is typed: whole words first."""

from __future__ import annotations

import re
from functools import lru_cache

# Queries of at least this many letters are also searched in help texts.
_MIN_HELP_LETTERS = 3


def palette_score(query: str, name: str, help_text: str, fuzzy: float) -> float:
    """The score of a command, 0 without a match; a better kind of match always scores higher than a worse one.

    From best to worst: all words of the query are words of the name; they begin words of the name; the query is in the
    help text, at the start of a word; its letters are in the name, by the `fuzzy` score of Textual; it is elsewhere in
    the help text.

    >>> round(palette_score("loss", "view losses", "", 8.0), 2), palette_score("xyz", "view losses", "", 0.0)
    (3.89, 0.0)
    """
    words, finer = _words(query), fuzzy / (1 + fuzzy)
    if words and words <= _words(name):
        return 4 + finer
    if words and all(any(one.startswith(word) for one in _words(name)) for word in words):
        return 3 + finer
    in_help = len(query) >= _MIN_HELP_LETTERS and query.lower() in help_text.lower()
    if in_help and re.search(rf"\b{re.escape(query)}", help_text, re.IGNORECASE):
        return 2 + finer
    if fuzzy > 0:
        return 1 + finer
    return 0.5 if in_help else 0.0


@lru_cache(maxsize=1024)  # of the names, at each letter that is typed
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text.lower()))
