"""The footer: the most useful keys for the focused pane, from the key table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Static

from grok_tui.render.palette import Palette
from grok_tui.session.keymap import Key, footer_entries

# At any width: they lead to all others. On a very narrow screen without their hints.
_ALWAYS = ("help", "workspace.1", "pane.next", "palette")
# Before the keys of the focused pane.
_FIRST = ("quit", "runs.back", "epoch.next", "layer.next")
# Useful everywhere; after the keys of the focused pane.
_EVERYWHERE = ("epoch.play", "pane.zoom", "export.pane", "epoch.goto", "neuron.next", "cluster.next")
_PLAY = "epoch.play"
# Blanks between two entries; the narrow gap below this many columns.
_GAP, _NARROW_GAP, _NARROW_COLUMNS = 4, 2, 160

Entry = tuple[str, str]  # a key and its hint


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
        self._entries = {name: (palette.text(key), hint) for name, (key, hint) in footer_entries(keys).items()}
        self._own, self._first, self._everywhere = own, first, everywhere
        self._playing = False

    def show_for(self, own: Sequence[str]) -> None:
        """Show the keys of a pane, given by action id, before the others."""
        self._own = own
        self.on_resize()

    def show_playing(self, playing: bool) -> None:
        """Show the key that pauses before those of the pane, or no longer."""
        if playing != self._playing:
            self._playing = playing
            self.on_resize()

    def on_resize(self) -> None:
        self.update(self.line(self.size.width), layout=False)

    def line(self, width: int) -> Text:
        """The entries that fit in a width."""
        gap = _NARROW_GAP if width < _NARROW_COLUMNS else _GAP
        always = [self._entries[name] for name in _ALWAYS if name in self._entries]
        if _length(always, gap) > width:
            always = [(key, "") for key, _ in always]
        playing = [(self._entries[_PLAY][0], "pause")] if self._playing else []
        others = self._others(without={*_ALWAYS, *([_PLAY] if playing else [])})
        shown: list[Entry] = []
        for entry in (*always, *playing, *others):
            if _length([*shown, entry], gap) > width:
                break
            shown.append(entry)
        return _styled(shown, gap)

    def _others(self, without: set[str]) -> list[Entry]:
        names = dict.fromkeys((*self._first, *self._own, *self._everywhere))
        return [self._entries[name] for name in names if name in self._entries and name not in without]


def _length(entries: Sequence[Entry], gap: int) -> int:
    return 1 + sum(len(f"{key} {hint}".rstrip()) for key, hint in entries) + gap * (len(entries) - 1)


def _styled(entries: Sequence[Entry], gap: int) -> Text:
    line = Text(" ", no_wrap=True)
    for number, (key, hint) in enumerate(entries):
        line.append(" " * gap if number else "").append(key, style="bold").append(f" {hint}" if hint else "")
    return line
