"""Jump mode: a letter on every place that one can go to; typing it goes there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.events import Click, Key
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.session.jump_labels import jump_labels

Go = Callable[[], object]


@dataclass(frozen=True)
class JumpPlace:
    """A cell of the screen, and what goes there.

    If the screen does not show what that is, `text` stands after the letter, in `width` cells with it.
    """

    x: int
    y: int
    go: Go
    text: str = ""
    width: int = 0


class JumpLabel(Static):
    """The letters of a place."""

    def __init__(self, label: str, place: JumpPlace) -> None:
        text = f"{label} {place.text}".rstrip().ljust(place.width)
        super().__init__(text[: place.width or None], markup=False)
        self.label = label


class JumpScreen(ModalScreen[Go | None]):
    """A transparent screen with the letters; dismisses with what the typed ones go to, or None on any other key."""

    def __init__(self, places: Sequence[JumpPlace]) -> None:
        super().__init__()
        self.labels = dict(zip(jump_labels(len(places)), places, strict=False))
        self._typed = ""
        self._n_resized = 0

    def compose(self) -> ComposeResult:
        for label, place in self.labels.items():
            static = JumpLabel(label, place)
            static.styles.offset = (place.x, place.y)
            yield static

    def on_key(self, event: Key) -> None:
        event.stop()
        typed = self._typed + event.key
        if typed in self.labels:
            self.dismiss(self.labels[typed].go)
        elif any(label.startswith(typed) for label in self.labels):
            self._typed = typed
            for static in self.query(JumpLabel):
                static.display = static.label.startswith(typed)
        else:
            self.dismiss(None)

    def on_click(self, event: Click) -> None:
        self.dismiss(None)

    def on_resize(self) -> None:
        """Leave when the places have moved: the first event is that of the screen's own appearance."""
        self._n_resized += 1
        if self._n_resized > 1:
            self.dismiss(None)
