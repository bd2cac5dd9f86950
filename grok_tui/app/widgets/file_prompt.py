"""A prompt for the name of a file to write."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.markup import escape
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class FilePrompt(ModalScreen[str | None]):
    """Dismisses with the typed name, or None if cancelled. Tab changes the ending.

    The name is selected, so that typing replaces it, except in a retry, where it is the user's. A name without an
    ending gets the suggested one.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "dismiss(None)", "leave"),
        ("tab", "ending(1)", "next format"),
        ("shift+tab", "ending(-1)", "previous format"),
    ]

    def __init__(
        self, name: str, endings: tuple[str, ...], folder: str, question: str = "write to", *, retry: bool = False
    ) -> None:
        super().__init__()
        self._name = name
        self._endings = endings
        self._ending = endings[0]  # of a name without one
        self._folder = folder  # that a relative name is in
        self._question = question
        self._retry = retry

    def compose(self) -> ComposeResult:
        name = Input(value=self._name, select_on_focus=not self._retry)
        name.border_title = f"{self._question}; tab changes the format: {', '.join(self._endings)}"
        name.border_subtitle = escape(self._folder_text(self.app.size.width - 8))
        yield name

    def _folder_text(self, width: int) -> str:
        """The folder, or the end of its path where there is no room for all."""
        text = f"in {self._folder}"
        return text if len(text) <= width else f"in …{self._folder[-max(width - 4, 1) :]}"

    def action_ending(self, by: int) -> None:
        """The same name with the next ending."""
        line = self.query_one(Input)
        all_selected = bool(line.value) and line.selected_text == line.value
        stem, dot, ending = line.value.rpartition(".")
        if not dot or ending not in self._endings:
            stem, ending = line.value, self._endings[-by if by < 0 else -1]
        following = self._endings[(self._endings.index(ending) + by) % len(self._endings)]
        self._ending = following
        line.value = f"{stem}.{following}"
        if all_selected:
            line.action_select_all()
        else:
            line.cursor_position = len(line.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        name = event.value.strip()
        if name and not name.endswith("/") and not Path(name).suffix:
            name = f"{name}.{self._ending}"
        self.dismiss(name or None)
