"""The footer: the keys worth knowing, from the key table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from grok_tui.keys import Key
from grok_tui.render.palette import Palette

_FIRST = ("help", "quit")
_GAP = "   "


class KeyBar(Static):
    """One line of keys, as many as fit whole; all of them are in the help."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; color: $text-muted; }"

    def __init__(self, keys: Sequence[Key], palette: Palette) -> None:
        super().__init__()
        # What has no room on a narrow screen must not be the way to all the others.
        ordered = sorted((key for key in keys if key.hint), key=lambda key: key.id not in _FIRST)
        self._entries = [(palette.text(key.shown.split()[0]), key.hint) for key in ordered]

    def on_resize(self) -> None:
        self.update(self.line(self.size.width), layout=False)

    def line(self, width: int) -> Text:
        """The entries that fit in so many columns."""
        line = Text(no_wrap=True)
        for key, hint in self._entries:
            if len(line) + len(f" {key} {hint}") > width:
                break
            line.append(f" {key}", style="bold").append(f" {hint}").append(_GAP)
        return line
