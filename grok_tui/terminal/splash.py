"""The first thing to be seen: what is being opened, before anything heavy is imported."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from grok_tui.render.cells import clean

_ENTER, _LEAVE = "\x1b[?1049h\x1b[2J\x1b[H\x1b[?25l", "\x1b[?25h\x1b[?1049l"


@contextmanager
def splash(what: str) -> Iterator[None]:
    """Says so on the screen that the app then takes over; gives the terminal back where the app does not come to it."""
    _write(f"{_ENTER} grok-tui · opening {clean(what)}")
    try:
        yield
    except BaseException:
        _write(_LEAVE)
        raise


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
