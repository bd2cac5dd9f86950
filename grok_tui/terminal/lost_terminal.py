"""Output to a terminal that may disappear."""

from __future__ import annotations

import contextlib
from io import TextIOBase


class LossyOutput:
    """A terminal's output as Textual's writer thread uses it; what it can no longer write is dropped.

    An error would end that thread, and with it the process would wait forever at one of the next writes, instead of
    noticing that its terminal is gone.
    """

    def __init__(self, file: TextIOBase) -> None:
        self._file = file

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()
