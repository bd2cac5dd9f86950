"""A prompt for the name of a file to write."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class FilePrompt(ModalScreen[str | None]):
    """Dismisses with the typed name, or None if cancelled. Tab changes the ending."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "leave"),
        ("tab", "ending(1)", "next format"),
        ("shift+tab", "ending(-1)", "previous format"),
    ]

    def __init__(self, name: str, endings: tuple[str, ...], question: str = "write to") -> None:
        super().__init__()
        self._name = name
        self._endings = endings
        self._question = question

    def compose(self) -> ComposeResult:
        name = Input(value=self._name, select_on_focus=False)
        name.border_title = f"{self._question}; tab changes the format: {', '.join(self._endings)}"
        yield name

    def action_ending(self, by: int) -> None:
        """The same name with the next ending."""
        line = self.query_one(Input)
        stem, dot, ending = line.value.rpartition(".")
        if not dot or ending not in self._endings:
            stem, ending = line.value, self._endings[-by if by < 0 else -1]
        following = self._endings[(self._endings.index(ending) + by) % len(self._endings)]
        line.value = f"{stem}.{following}"
        line.cursor_position = len(line.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.dismiss(event.value.strip() or None)
