"""The footer: the most useful keys for the focused pane, from the key table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from grok_tui.render.palette import Palette
from grok_tui.session.keymap import Key

# On a narrow screen these must fit: they lead to all others.
_FIRST = ("help", "quit", "runs.back", "epoch.next", "layer.next")
# Useful everywhere; after the keys of the focused pane.
_EVERYWHERE = ("epoch.play", "pane.zoom", "export.pane", "epoch.goto", "neuron.next", "cluster.next", "palette")
_GAP = "   "


class KeyBar(Static):
    """One line of keys, those of the focused pane first; an entry that does not fit is dropped whole."""

    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; color: $text-muted; }"

    def __init__(
        self,
        keys: Sequence[Key],
        palette: Palette,
        own: Sequence[str] = (),
        first: Sequence[str] = _FIRST,
        everywhere: Sequence[str] = _EVERYWHERE,
    ) -> None:
        """`first` are action ids before those of the focused pane, `everywhere` those after them."""
        super().__init__()
        self._entries = {key.id: (palette.text(key.shown.split()[0]), key.hint) for key in keys if key.hint}
        self._own, self._first, self._everywhere = own, first, everywhere

    def show_for(self, own: Sequence[str]) -> None:
        """Show the keys of a pane, given by action id, before the others."""
        self._own = own
        self.on_resize()

    def on_resize(self) -> None:
        self.update(self.line(self.size.width), layout=False)

    def line(self, width: int) -> Text:
        """The entries that fit in a width."""
        line = Text(no_wrap=True)
        for one in dict.fromkeys((*self._first, *self._own, *self._everywhere)):
            if one not in self._entries:
                continue
            key, hint = self._entries[one]
            if len(line) + len(f" {key} {hint}") > width:
                break
            line.append(f" {key}", style="bold").append(f" {hint}").append(_GAP)
        return line
