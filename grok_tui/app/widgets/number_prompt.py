"""A prompt for one or two whole numbers."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class NumberPrompt(ModalScreen[tuple[int, ...] | None]):
    """Dismisses with `count` numbers, or None if cancelled; asks again if the count differs."""

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "leave")]

    def __init__(self, question: str, count: int = 1) -> None:
        super().__init__()
        self._question = question
        self._count = count

    def compose(self) -> ComposeResult:
        number = Input(placeholder=self._question, restrict=r"[0-9,_ ]*")
        number.border_title = self._question
        yield number

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.replace(",", "").replace("_", "")  # 9,500 and 9_500 are one number
        numbers = tuple(int(word) for word in text.split())
        if len(numbers) == self._count:
            self.dismiss(numbers)
        elif not numbers:
            self.dismiss(None)
        else:
            wanted = "one number" if self._count == 1 else f"{self._count} numbers separated by a space"
            self.notify(f"This takes {wanted}; found {len(numbers)}.", severity="warning")
