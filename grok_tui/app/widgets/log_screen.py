"""The tracebacks of unexpected errors, for a bug report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from grok_tui.render.cell_text import clean


class LogScreen(ModalScreen[None]):
    """Tracebacks, newest first; escape or q closes it, j and k scroll."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "dismiss", "close"),
        ("j,down", "scroll(1)", "down"),
        ("k,up", "scroll(-1)", "up"),
    ]

    def __init__(self, errors: Sequence[str]) -> None:
        super().__init__()
        self._errors = errors

    @property
    def text(self) -> str:
        """The whole content."""
        newest_first = ["\n".join(map(clean, error.splitlines())) for error in reversed(self._errors)]
        return "\n\n".join(newest_first) or "Nothing has failed."

    def compose(self) -> ComposeResult:
        with VerticalScroll():
            yield Static(self.text, markup=False)

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
