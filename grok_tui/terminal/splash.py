"""The splash screen: the name of the run that is being opened, shown before torch and Textual are imported."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from grok_tui.render.cell_text import clean

_ENTER, _LEAVE = "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l", "\x1b[?25h\x1b[?1049l"


@contextmanager
def splash(name: str) -> Iterator[None]:
    """Show `name` on the alternate screen, which the app then uses; on an exception or a signal, leave that screen."""
    previous = {number: signal.signal(number, _exit) for number in (signal.SIGTERM, signal.SIGHUP)}
    _write(f"{_ENTER} grok-tui · opening {clean(name)}")
    try:
        yield
    except BaseException:
        _write(_LEAVE)
        raise
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def show_below(text: str) -> None:
    """Show lines below the name, whether or not the terminal is in raw mode."""
    _write("".join(f"\r\n{line}" for line in text.splitlines()))


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
