"""Record a session for asciinema: each piece of output with its time.

The format is asciicast v2, https://docs.asciinema.org/manual/asciicast/v2/: a header, then an event a line.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic, time

from engine.errors import GrokError


class Recording:
    """A file that grows by a line for each event, so that a recording that ends at any time can be played.

    Raises:
        GrokError: the file exists, or cannot be written.
    """

    def __init__(self, path: Path, size: tuple[int, int], clock: Callable[[], float] = monotonic) -> None:
        """`size` is that of the terminal: columns, rows."""
        self._path, self._clock, self._started = path, clock, clock()
        columns, rows = self._size = size
        try:
            path.touch(exist_ok=False)
        except FileExistsError:
            raise GrokError(f"{path} exists; pass another name to --record.") from None
        except OSError as error:
            raise GrokError(f"{path} cannot be written: {error.strerror}; pass another name to --record.") from None
        header = {"version": 2, "width": columns, "height": rows, "timestamp": int(time()), "title": "grok-tui"}
        self._append({**header, "env": {"TERM": "xterm-256color"}})

    def write(self, output: str) -> None:
        """Record what the app writes, as the terminal receives it: with a carriage return before each newline."""
        self._append([self._seconds, "o", output.replace("\n", "\r\n")])

    def resize(self, size: tuple[int, int]) -> None:
        """Record that the terminal has another size: columns, rows."""
        if size != self._size:
            self._size = size
            self._append([self._seconds, "r", f"{size[0]}x{size[1]}"])

    @property
    def _seconds(self) -> float:
        return round(self._clock() - self._started, 6)

    def _append(self, event: object) -> None:
        with suppress(OSError), self._path.open("a", encoding="utf-8") as file:  # a full disk must not end the session
            file.write(json.dumps(event, ensure_ascii=False) + "\n")
