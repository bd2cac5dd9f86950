"""A prompt for a line of text, which is checked before it is accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.suggester import Suggester
from textual.widgets import Input

from engine.errors import GrokError


class TextPrompt(ModalScreen[str | None]):
    """Dismisses with the text, or None if cancelled; where `check` raises, its sentence is shown and the prompt stays.

    `names` complete the last word, by the right arrow.
    """

    BINDINGS: ClassVar[list[BindingType]] = [("escape", "dismiss(None)", "leave")]

    def __init__(self, question: str, value: str, check: Callable[[str], object], names: Sequence[str] = ()) -> None:
        super().__init__()
        self._question = question
        self._value = value
        self._check = check
        self._names = names

    def compose(self) -> ComposeResult:
        line = Input(value=self._value, select_on_focus=False, suggester=_LastWord(self._names))
        line.border_title = self._question
        yield line

    def on_input_submitted(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        try:
            self._check(text)
        except GrokError as error:
            self.notify(str(error), severity="warning", markup=False)
        else:
            self.dismiss(text)


class _LastWord(Suggester):
    """Completes the word that is being typed: the letters after the last blank, comma, minus or exclamation mark."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        start = max(value.rfind(character) for character in " ,-!") + 1
        word = value[start:]
        return next((value[:start] + name for name in self._names if word and name.startswith(word)), None)
