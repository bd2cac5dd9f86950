"""Leaving when the system says so: SIGHUP, SIGTERM, a terminal that is no longer there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from typing import Any, NoReturn

# So long the app may take to end in order; then it just ends.
_SECONDS_TO_END = 0.8
# What a terminal that was in use by an app needs: cursor shown, mouse, focus and paste reports off, the normal screen.
_RESTORE = b"\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[0m"


class ShutdownHandler:
    """Calls `leave` with an exit status when the process is told to go, and sees to it that it goes.

    Made before the app takes the terminal, so that it knows how the terminal was.
    """

    def __init__(self, leave: Callable[[int], None]) -> None:
        self._leave = leave
        self._terminal = None if (stdin := _stdin()) is None else _attributes(stdin)

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Listen for the signals, on the main thread's loop."""
        for number in (signal.SIGHUP, signal.SIGTERM):
            loop.add_signal_handler(number, self._go, number)

    def check_terminal(self) -> None:
        """Go if the terminal went without a signal: there is nothing to read and nothing to draw on."""
        stdin = _stdin()
        if self._terminal is not None and (stdin is None or _attributes(stdin) is None):
            self._go(signal.SIGHUP)

    def _go(self, number: int) -> None:
        status = 128 + number
        last = threading.Timer(_SECONDS_TO_END, self._end, (status,))
        last.daemon = True
        last.start()
        self._leave(status)

    def _end(self, status: int) -> None:
        with contextlib.suppress(OSError, termios.error):
            os.write(1, _RESTORE)
            if self._terminal is not None and (stdin := _stdin()) is not None:
                termios.tcsetattr(stdin, termios.TCSANOW, self._terminal)
        os._exit(status)


def _stdin() -> int | None:
    try:
        return None if sys.__stdin__ is None else sys.__stdin__.fileno()
    except (OSError, ValueError):
        return None


def _attributes(stdin: int) -> list[Any] | None:
    try:
        return termios.tcgetattr(stdin)
    except (OSError, termios.error):
        return None


def exit_now(status: int) -> NoReturn:
    """End a process that has nothing left to do: taking torch apart would keep the person waiting for a second."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
