"""A question whose answer is a whole number."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class NumberPrompt(ModalScreen[int | None]):
    """Dismisses with the number, or None when it was left."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "leave")]

    def __init__(self, question: str) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        number = Input(placeholder=self._question, restrict=r"[0-9,_ ]*")
        number.border_title = self._question
        yield number

    def on_input_submitted(self, event: Input.Submitted) -> None:
        digits = "".join(character for character in event.value if character.isdecimal())
        self.dismiss(int(digits) if digits else None)
