"""What the focused pane shows, and all keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.keys import Key
from grok_tui.views.view import View


class HelpScreen(ModalScreen[None]):
    """Any of escape, q and ? closes it; it scrolls."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,question_mark", "dismiss", "close"),
        ("j,down", "scroll(1)", "down"),
        ("k,up", "scroll(-1)", "up"),
    ]

    def __init__(self, view: View[Any], keys: Sequence[Key]) -> None:
        super().__init__()
        self._view = view
        self._keys = keys

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(Text(self._view.name, style="bold"))
            yield Static(Text(f"{self._view.about}\n"))
            table = Table.grid(padding=(0, 3))
            for key in self._keys:
                table.add_row(Text(key.shown, style="bold"), key.what)
            yield Static(table)
            yield Static(Text("\nesc closes this", style="dim"))

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
