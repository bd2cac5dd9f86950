"""Help texts of views as captions of a page, which has no keys of the explorer."""

from __future__ import annotations

import re

from grok_tui.render.operation_signs import with_operation_signs

_KEY = re.compile(r"\{[a-z]+(?:\.[a-z0-9]+)?\}")
_BRACKETS = re.compile(r" ?\((?:[^()]*\{[a-z]+(?:\.[a-z0-9]+)?\}[^()]*)\)")
# What a page does not have: keys, panes, comparisons, marks of the selected cluster, maps where there is room.
_CLAUSE = re.compile(
    r" unless \{[^}]+\}[^;.,]*|; in a comparison [^;.]*|; the marked row [^;.]*|; maps of the strongest [^;.]*"
)
_TERMINAL = re.compile(r"\b(?:panes?|room|screen|cursor|ASCII|without colour|comparison|marked row|ablated in)\b")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z{`])")


def caption_text(text: str, operation: str | None) -> str:
    """A help text with the signs of the operation, without what it says about keys and panes.

    >>> caption_text("Up: the loss, on a log scale unless {axis.y} makes it linear. {map.window} shows more.", "add")
    'Up: the loss, on a log scale.'
    """
    lines = [_without_keys(line) for line in with_operation_signs(text, operation).split("\n")]
    return "\n".join(line for line in lines if line.strip())


def _without_keys(line: str) -> str:
    line = _CLAUSE.sub("", _BRACKETS.sub("", line))
    indent = line[: len(line) - len(line.lstrip())]
    sentences = _SENTENCE.split(line.strip())
    return indent + " ".join(text for text in sentences if not (_KEY.search(text) or _TERMINAL.search(text)))
