"""Unexpected errors: one sentence for the screen, the traceback for the log."""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Iterator

from engine.errors import GrokError
from grok_tui.render.cell_text import clean

_MAX_ERRORS = 50


class ErrorLog:
    """The newest tracebacks, oldest first."""

    def __init__(self) -> None:
        self._tracebacks: deque[str] = deque(maxlen=_MAX_ERRORS)

    def __iter__(self) -> Iterator[str]:
        return iter(self._tracebacks)

    def __len__(self) -> int:
        return len(self._tracebacks)

    def record(self, error: BaseException) -> None:
        """Append the traceback of an error."""
        self._tracebacks.append("".join(traceback.format_exception(error)))

    def sentence(self, error: Exception) -> str:
        """The message for the user; the traceback of an unexpected error is recorded."""
        if isinstance(error, GrokError):
            return clean(str(error))
        self.record(error)
        return f"This could not be computed: {clean(str(error)) or type(error).__name__}. The palette's log has more."
