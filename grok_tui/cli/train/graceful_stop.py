"""Wishes that a long command stop: it is asked to, and comes to rest by itself."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

# Ctrl-C, `kill`, and a terminal or SSH connection that went away.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_CHUNK_BYTES = 4096


class GracefulStop:
    """While entered, SIGINT, SIGTERM and SIGHUP are only noted; a Ctrl-C after that ends at once.

    What was ignored before (`nohup`) stays ignored. To be entered in the main thread. `reason` is the name of the
    signal that came first, or `stdin`: with `with_stdin` the end of standard input is a wish too, for a program that
    holds its other end, and ends.
    """

    def __init__(self, with_stdin: bool = False) -> None:
        self.reason: str | None = None
        self._with_stdin = with_stdin
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            one = getattr(signal, name, None)  # SIGHUP is not everywhere
            if one is not None and signal.getsignal(one) is not signal.SIG_IGN:
                self._before[one] = signal.signal(one, self._note)
        if self._with_stdin:
            threading.Thread(target=self._wait_for_the_end_of_stdin, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one, handler in self._before.items():
            signal.signal(one, handler)

    def requested(self) -> bool:
        """Whether there was a wish."""
        return self.reason is not None

    @property
    def status(self) -> int:
        """The exit status that says why: 128 and the signal's number; 130, interrupted, for standard input."""
        return 128 + signal.Signals.__members__.get(self.reason or "", signal.SIGINT)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.reason is None:
            self.reason = signal.Signals(number).name
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def _wait_for_the_end_of_stdin(self) -> None:
        while os.read(sys.stdin.fileno(), _CHUNK_BYTES):
            pass
        self.reason = self.reason or "stdin"
