"""The footer: the most useful keys for the focused pane, from the key table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.text import Text
from textual.events import Click
from textual.message import Message
from textual.widgets import Static

from grok_tui.render.palette import Palette
from grok_tui.session.key_names import key_name
from grok_tui.session.keymap import Key, footer_entries

# At any width: they lead to all others. On a very narrow screen without their hints.
_ALWAYS = ("help", "workspace.1", "pane.next", "palette")
# Before all others, while a tour is on.
_TOUR = ("tour.next", "tour.previous", "tour")
# Before the keys of the focused pane.
_FIRST = ("quit", "runs.back", "epoch.next", "layer.next")
# After those, on a screen of one run with fewer lines: all its panes are small there.
_ZOOM, _LOW_LINES = "pane.zoom", 30
# Useful everywhere; after the keys of the focused pane.
_EVERYWHERE = ("epoch.play", "pane.zoom", "jump", "export.pane", "epoch.goto", "neuron.next", "cluster.next")
_PLAY = "epoch.play"
_WORKSPACES = "workspace.1"  # one entry for all
# Blanks between two entries; the narrow gap below this many columns.
_GAP, _NARROW_GAP, _NARROW_COLUMNS = 4, 2, 160


@dataclass(frozen=True)
class Entry:
    """An action in the footer: its key as shown, its hint, and the key that a click presses; none if it has several."""

    shown: str
    hint: str
    key: str

    @property
    def text(self) -> str:
        return f"{self.shown} {self.hint}".rstrip()


class KeyBar(Static):
    """One line of keys, those of the focused pane first; an entry that does not fit is dropped whole.

    A click on an entry presses its key.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = "KeyBar { dock: bottom; height: 1; background: $panel; color: $text-muted; }"

    class Pressed(Message):
        """An entry was clicked: its key, in Textual's names."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    class WorkspacesPressed(Message):
        """The entry of all workspaces was clicked."""

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
        pressed = {key.id: key_name(key.keys[0]) for key in keys} | {_WORKSPACES: ""}
        self._entries = {
            name: Entry(palette.text(shown), hint, pressed[name])
            for name, (shown, hint) in footer_entries(keys).items()
        }
        self._own, self._first, self._everywhere = own, first, everywhere
        self._low = False
        self._playing = False
        self._touring = False

    def show_for(self, own: Sequence[str]) -> None:
        """Show the keys of a pane, given by action id, before the others."""
        self._own = own
        self.fit_screen()

    def show_playing(self, playing: bool) -> None:
        """Show the key that pauses before those of the pane, or no longer."""
        if playing != self._playing:
            self._playing = playing
            self.fit_screen()

    def show_touring(self, touring: bool) -> None:
        """Show the keys of the tour before all others, or no longer."""
        if touring != self._touring:
            self._touring = touring
            self.fit_screen()

    def on_resize(self) -> None:
        self.fit_screen()

    def fit_screen(self) -> None:
        """Show the entries for the size of the screen, whose height alone may have changed."""
        self._low = self.app.size.height < _LOW_LINES
        self.update(self.line(self.size.width), layout=False)

    def on_click(self, event: Click) -> None:
        end = 1
        for entry in self._shown(self.size.width):
            start, end = end, end + len(entry.text)
            if start <= event.x < end:
                self.post_message(self.Pressed(entry.key) if entry.key else self.WorkspacesPressed())
            end += self._gap(self.size.width)

    def line(self, width: int) -> Text:
        """The entries that fit in a width."""
        line = Text(" ", no_wrap=True)
        for number, entry in enumerate(self._shown(width)):
            line.append(" " * self._gap(width) if number else "").append(entry.shown, style="bold")
            line.append(f" {entry.hint}" if entry.hint else "")
        return line

    def _shown(self, width: int) -> list[Entry]:
        always = [self._entries[name] for name in _ALWAYS if name in self._entries]
        if self._length(always, width) > width:
            always = [replace(entry, hint="") for entry in always]
        playing = [replace(self._entries[_PLAY], hint="pause")] if self._playing else []
        others = self._others(without={*_ALWAYS, *([_PLAY] if playing else [])})
        shown: list[Entry] = []
        for entry in (*always, *playing, *others):
            if self._length([*shown, entry], width) > width:
                break
            shown.append(entry)
        return shown

    def _others(self, without: set[str]) -> list[Entry]:
        first = (*self._first, *((_ZOOM,) if self._low and self._first is _FIRST else ()))
        names = dict.fromkeys((*(_TOUR if self._touring else ()), *first, *self._own, *self._everywhere))
        return [self._entries[name] for name in names if name in self._entries and name not in without]

    def _gap(self, width: int) -> int:
        """The blanks between two entries."""
        return _NARROW_GAP if width < _NARROW_COLUMNS else _GAP

    def _length(self, entries: Sequence[Entry], width: int) -> int:
        return 1 + sum(len(entry.text) for entry in entries) + self._gap(width) * (len(entries) - 1)
