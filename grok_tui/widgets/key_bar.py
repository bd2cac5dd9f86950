"""The footer: the keys worth knowing, from the key table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from grok_tui.keys import Key
from grok_tui.render.palette import Palette

_FIRST = ("help", "quit")


class KeyBar(Static):
    """One line of keys; those that do not fit are in the help."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; color: $text-muted; }"

    def __init__(self, keys: Sequence[Key], palette: Palette) -> None:
        line = Text(" ", no_wrap=True, overflow="ellipsis")
        # What is cut off on a narrow screen must not be the way to all the others.
        for key in sorted(keys, key=lambda key: key.id not in _FIRST):
            if key.hint:
                line.append(palette.text(key.shown.split()[0]), style="bold").append(f" {key.hint}   ")
        super().__init__(line)
