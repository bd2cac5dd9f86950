"""Graceful stop: record SIGINT, SIGTERM or SIGHUP and let a long command finish its step."""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType, TracebackType
from typing import Any, Self

# Ctrl-C, `kill`, and a lost terminal or SSH connection.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_CHUNK_BYTES = 4096


class GracefulStop:
    """A context in which SIGINT, SIGTERM and SIGHUP request a stop; Ctrl-C after a request raises KeyboardInterrupt.

    Ignored signals (`nohup`) stay ignored. Enter it in the main thread. `reason` is the name of the first signal, or
    `stdin`: with `with_stdin`, the end of standard input also requests a stop, so that the command does not outlive
    the program that started it.
    """

    def __init__(self, with_stdin: bool = False) -> None:
        self.reason: str | None = None
        self._with_stdin = with_stdin
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for name in _NAMES:
            number = getattr(signal, name, None)  # Windows has no SIGHUP
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._record)
        if self._with_stdin:
            threading.Thread(target=self._wait_for_end_of_stdin, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def requested(self) -> bool:
        """Whether a stop was requested."""
        return self.reason is not None

    def request(self, reason: str) -> None:
        """Request a stop; the first reason stays."""
        self.reason = self.reason or reason

    @property
    def status(self) -> int:
        """The exit status of a stopped command: 128 plus the signal's number; 130 (interrupted) for `stdin`."""
        return 128 + signal.Signals.__members__.get(self.reason or "", signal.SIGINT)

    def _record(self, number: int, frame: FrameType | None) -> None:
        if self.reason is None:
            self.reason = signal.Signals(number).name
        elif number == signal.SIGINT:
            raise KeyboardInterrupt

    def _wait_for_end_of_stdin(self) -> None:
        while os.read(sys.stdin.fileno(), _CHUNK_BYTES):
            pass
        self.request("stdin")
