"""A pseudo-terminal that answers questions as terminals do."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tests.grok_tui.pseudo_terminal import Terminal

TRUE_COLOUR, DEVICE_ATTRIBUTES = b"\x1bP+q524742;5463\x1b\\", b"\x1b[c"
COLOUR_IN_FORCE, CELL_SIZE, NAME = b"\x1bP$qm\x1b\\", b"\x1b[16t", b"\x1b[>0q"
KITTY_QUERY = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
# What xterm says that has no true colour.
NO_TRUE_COLOUR = {TRUE_COLOUR: b"\x1bP0+r524742\x1b\\", COLOUR_IN_FORCE: b"\x1bP1$r48;5;16m\x1b\\"}


class AnsweringTerminal(Terminal):
    """Answers each question in `answers` whenever it is put, in order."""

    def __init__(self, *arguments: str, answers: Mapping[bytes, bytes], **options: object) -> None:
        self._answers = answers
        self._looked_at = 0
        super().__init__(*arguments, **{"TMUX": "", "STY": "", **options})  # type: ignore[arg-type]

    def _read(self, seconds: float) -> bool:
        came = super()._read(seconds)
        asked = [(self.seen.find(question, self._looked_at), question) for question in self._answers]
        for place, question in sorted(item for item in asked if item[0] >= 0):
            os.write(self.master, self._answers[question])
            self._looked_at = max(self._looked_at, place + len(question))
        return came
