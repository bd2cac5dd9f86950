"""Shut down on SIGHUP, SIGINT, SIGTERM and when the terminal disappears."""

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

# The process is killed if the app has not shut down by then.
_GRACE_SECONDS = 0.8
# Restores a terminal: show the cursor, turn off mouse, focus and paste reports, leave the alternate screen.
_RESTORE = b"\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[0m"


class ShutdownHandler:
    """Call `leave` with an exit status on a shutdown signal; if the process is still alive later, end it.

    Create the handler before the app changes the terminal: it saves the terminal's attributes and restores them.
    """

    def __init__(self, leave: Callable[[int], None]) -> None:
        self._leave = leave
        self._terminal = None if (stdin := _stdin()) is None else _attributes(stdin)

    def install(self, loop: asyncio.AbstractEventLoop) -> None:
        """Handle the signals on the event loop of the main thread."""
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._shut_down, number)

    def check_terminal(self) -> None:
        """Shut down if the terminal has disappeared without a signal."""
        stdin = _stdin()
        if self._terminal is not None and (stdin is None or _attributes(stdin) is None):
            self._shut_down(signal.SIGHUP)

    def _shut_down(self, number: int) -> None:
        """Shut down as a process does that a signal of this number ends: with exit status 128 + number."""
        status = 128 + number
        timer = threading.Timer(_GRACE_SECONDS, self._exit, (status,))
        timer.daemon = True
        timer.start()
        self._leave(status)

    def _exit(self, status: int) -> None:
        """Restore the terminal and end the process at once."""
        with contextlib.suppress(OSError, termios.error):
            os.write(1, _RESTORE)
            if self._terminal is not None and (stdin := _stdin()) is not None:
                termios.tcsetattr(stdin, termios.TCSANOW, self._terminal)
        os._exit(status)


def _stdin() -> int | None:
    """The file descriptor of stdin; None if it has none."""
    try:
        return None if sys.__stdin__ is None else sys.__stdin__.fileno()
    except (OSError, ValueError):
        return None


def _attributes(stdin: int) -> list[Any] | None:
    """The attributes of a terminal; None if the descriptor is not a terminal or no longer open."""
    try:
        return termios.tcgetattr(stdin)
    except (OSError, termios.error):
        return None


def exit_now(status: int) -> NoReturn:
    """Flush the output and end the process at once: a normal exit spends a second on unloading torch."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # closed by the shell, as in `2>&-`
            stream.flush()
    os._exit(status)
