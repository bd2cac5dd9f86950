"""A prompt for one or two whole numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input


class _NumberLine(Input):
    """A line for numbers, with keys that stand for numbers."""

    class Shortcut(Message):
        """A key was pressed that stands for numbers."""

        def __init__(self, numbers: tuple[int, ...]) -> None:
            super().__init__()
            self.numbers = numbers

    def __init__(self, shortcuts: Mapping[str, tuple[int, ...]], *, placeholder: str, restrict: str) -> None:
        super().__init__(placeholder=placeholder, restrict=restrict)
        self._shortcuts = shortcuts

    def on_key(self, event: Key) -> None:
        if event.key in self._shortcuts:
            event.stop()
            event.prevent_default()
            self.post_message(self.Shortcut(self._shortcuts[event.key]))


class NumberPrompt(ModalScreen[tuple[int, ...] | None]):
    """Dismisses with `count` numbers, or None if cancelled; asks again if the count differs.

    A blank, a comma or an operation's sign separates several numbers. One number may have separators of thousands. A
    key of `shortcuts` dismisses with its numbers at once.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "leave")]

    def __init__(
        self, question: str, count: int = 1, hint: str = "", shortcuts: Mapping[str, tuple[int, ...]] | None = None
    ) -> None:
        super().__init__()
        self._question = question
        self._hint = hint  # shown until something is typed
        self._count = count
        self._shortcuts = shortcuts or {}

    def compose(self) -> ComposeResult:
        allowed = r"[0-9,_ ]*" if self._count == 1 else r"[0-9,+*/ -]*"
        number = _NumberLine(self._shortcuts, placeholder=self._hint, restrict=allowed)
        number.border_title = self._question
        yield number

    def on__number_line_shortcut(self, message: _NumberLine.Shortcut) -> None:
        self.dismiss(message.numbers)

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
