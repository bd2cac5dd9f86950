"""A count before a key, as in vim: `'`, a number, and the key whose steps are multiplied."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.events import Key
from textual.screen import ModalScreen
from textual.widgets import Static

_MOST_DIGITS = 9


class CountPrompt(ModalScreen[tuple[str, int | None] | None]):
    """Shows the number in place of the footer; dismisses with the key after it and the number, or None if cancelled."""

    def __init__(self, label: str) -> None:
        """`label` is the key that opened it, as the footer writes it."""
        super().__init__()
        self._label = label
        self._digits = ""

    @property
    def text(self) -> str:
        """The line that is shown."""
        return f" {self._label}{self._digits} · a number, then a key that steps · esc leaves"

    def compose(self) -> ComposeResult:
        yield Static(self.text, id="count", markup=False)

    def on_key(self, event: Key) -> None:
        event.stop()
        if event.key in ("escape", "apostrophe"):
            self.dismiss(None)
        elif event.key == "backspace":
            self._digits = self._digits[:-1]
        elif event.key.isdecimal() and len(event.key) == 1:
            self._digits = (self._digits + event.key)[:_MOST_DIGITS]
        else:
            self.dismiss((event.key, int(self._digits) if self._digits else None))
        self.query_one("#count", Static).update(self.text)
