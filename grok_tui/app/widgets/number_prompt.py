"""A prompt for one or two whole numbers."""

from __future__ import annotations

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.widgets import Input


class NumberPrompt(ModalScreen[tuple[int, ...] | None]):
    """Dismisses with `count` numbers, or None if cancelled; asks again if the count differs.

    A blank, a comma or an operation's sign separates several numbers. One number may have separators of thousands.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "leave")]

    def __init__(self, question: str, count: int = 1, hint: str = "") -> None:
        super().__init__()
        self._question = question
        self._hint = hint  # shown until something is typed
        self._count = count

    def compose(self) -> ComposeResult:
        number = Input(placeholder=self._hint, restrict=r"[0-9,_ ]*" if self._count == 1 else r"[0-9,+*/ -]*")
        number.border_title = self._question
        yield number

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = re.sub("[,_]", "", event.value) if self._count == 1 else event.value  # 9,500 and 9_500 are one number
        numbers = tuple(map(int, re.findall("[0-9]+", text)))
        if len(numbers) == self._count:
            self.dismiss(numbers)
        elif not numbers:
            self.dismiss(None)
        else:
            wanted = (
                "one number" if self._count == 1 else f"{self._count} numbers separated by a space, a comma or a sign"
            )
            self.notify(f"This takes {wanted}; found {len(numbers)}.", severity="warning")
