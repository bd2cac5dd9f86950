"""Suspend as the shell's job control expects: ctrl+z stops the job, `fg` continues it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

# While the process is stopped, or to be stopped, these have their default effects: the terminal is the shell's.
_SIGNALS = (signal.SIGTSTP, signal.SIGCONT, signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_RETRY_SECONDS = 0.1


def stop_until_foreground() -> None:
    """Stop the process group until the shell continues it in the foreground. Restore the terminal first.

    The whole group, because the shell waits for the program it started, such as `make run`. If there is no shell to
    continue the group (`ssh HOST grok-tui`), the system ignores the signal, and the call returns at once.
    """
    with _default_handlers():
        os.killpg(0, signal.SIGTSTP)
        while _in_background():  # continued by `bg`
            time.sleep(_RETRY_SECONDS)
            os.killpg(0, signal.SIGTSTP)


def _in_background() -> bool:
    """Whether another process group has the terminal."""
    try:
        return sys.__stdin__ is not None and os.tcgetpgrp(sys.__stdin__.fileno()) != os.getpgrp()
    except OSError:  # no controlling terminal, or no terminal any more
        return False


@contextmanager
def _default_handlers() -> Iterator[None]:
    before = {number: signal.signal(number, signal.SIG_DFL) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
