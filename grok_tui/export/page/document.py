"""The HTML file of a page: template, style, scripts and data in one. Whatever comes from a run is data, and escaped."""

from __future__ import annotations

import json
from functools import lru_cache
from html import escape
from importlib.resources import files
from typing import Any

from engine.absent import none_unless_finite

# In the order in which they need each other.
_SHARED = ("dom.js", "data.js", "scales.js", "charts.js", "bars.js", "maps.js", "figures.js", "theme.js")
_OF_RUN = ("neurons.js", "report.js", "run.js")
_OF_RUNS = ("runs.js",)
_ESCAPED = str.maketrans({letter: f"\\u{ord(letter):04x}" for letter in "<>&\u2028\u2029"})


def run_document(title: str, data: dict[str, Any]) -> str:
    """The page of one run."""
    return _document(title, data, _OF_RUN)


def runs_document(title: str, data: dict[str, Any]) -> str:
    """The page of many runs."""
    return _document(title, data, _OF_RUNS)


def _document(title: str, data: dict[str, Any], scripts: tuple[str, ...]) -> str:
    script = "\n".join(_asset(name) for name in (*_SHARED, *scripts))
    parts = {
        "TITLE": escape(_text(title)),
        "STYLE": _asset("page.css"),
        "DATA": embedded_json(data),
        "SCRIPT": f'(() => {{\n"use strict";\n{script}\n}})();',
    }
    document = ""
    for index, piece in enumerate(_asset("page.html").split("@@")):  # text and names in turn
        document += parts[piece] if index % 2 else piece
    return document


@lru_cache(maxsize=32)
def _asset(name: str) -> str:
    return (files(__package__) / "assets" / name).read_text(encoding="utf-8")


def embedded_json(data: object) -> str:
    """Data as JSON inside a script element: no `</script>` or `<!--` of a text ends it.

    >>> embedded_json({"name": "</script>"})
    '{"name":"\\\\u003c/script\\\\u003e"}'
    """
    text = json.dumps(_valid(data), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.translate(_ESCAPED)


def _valid(value: object) -> object:
    """A value as JSON can hold it: without NaN and infinities, and without undecodable bytes of a name."""
    if isinstance(value, dict):
        return {_text(str(name)): _valid(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_valid(item) for item in value]
    if isinstance(value, str):
        return _text(value)
    return none_unless_finite(value) if isinstance(value, float) else value


def _text(text: str) -> str:
    return text.encode(errors="surrogateescape").decode(errors="replace")
