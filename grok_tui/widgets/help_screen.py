"""What the focused pane shows, and all keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.keys import Key
from grok_tui.signs import signed
from grok_tui.views.view import View


class HelpScreen(ModalScreen[None]):
    """Any of escape, q and ? closes it; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,question_mark", "dismiss", "close"),
        ("j,down", "scroll(1)", "down"),
        ("k,up", "scroll(-1)", "up"),
    ]

    def __init__(self, view: View[Any], keys: Sequence[Key], operation: str | None) -> None:
        super().__init__()
        self._operation = operation
        self._view = view
        self._keys = keys

    @property
    def text(self) -> str:
        """All that it says."""
        wide = max(len(key.shown) for key in self._keys)
        keys = "\n".join(f"{key.shown:<{wide}}   {key.what}" for key in self._keys)
        return f"{self._view.name}\n\n{signed(self._view.about, self._operation)}\n\n{keys}\n\nesc closes this"

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self.text, markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
