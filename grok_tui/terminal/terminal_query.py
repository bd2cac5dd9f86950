"""Ask the terminal for true colour and graphics. Its replies arrive while the program imports its libraries."""

from __future__ import annotations

import fcntl
import os
import select
import struct
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace

from grok_tui.terminal.recording import Recording
from grok_tui.terminal.replies import NO_FEATURES, Features, ReplyFilter, features_of
from grok_tui.terminal.tmux import TmuxQuery

# Replies that come later are discarded.
_TIMEOUT_SECONDS = 0.2
# A change of the colour that is asked for, and back.
_COLOUR_QUERY = "\x1bP+q524742;5463\x1b\\" + "\x1b[48;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"
_CELL_QUERY = "\x1b[16t"
_GRAPHICS_QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + _CELL_QUERY + "\x1b[>0q"
# All terminals answer this one, and answer in order: after it no other reply comes.
_DEVICE_ATTRIBUTES = "\x1b[c"
# Terminals that show an unknown string instead of ignoring it; GNU screen passes strings on.
_NOT_ASKED = ("linux", "vt", "screen", "dumb")
# How long a reply may be late and still be recognised.
_LATE_SECONDS = 60.0


class TerminalInput:
    """The input of the terminal: `features` are from its replies. `recording` is that of the session, if any."""

    def __init__(self, features: Features = NO_FEATURES, late: ReplyFilter | None = None, typed: bytes = b"") -> None:
        self.features = features
        self.recording: Recording | None = None
        self._typed = typed
        self._late = late  # recognises late replies
        self._late_until = time.monotonic() + _LATE_SECONDS

    @property
    def is_plain(self) -> bool:
        """Whether all that is to be read are new key presses."""
        return self._late is None and not self._typed

    def take_typed(self) -> bytes:
        """What was typed before the app read its keys; once."""
        typed, self._typed = self._typed, b""
        return typed

    def keys_in(self, data: bytes) -> bytes:
        """The key presses in what was read: without late replies."""
        if self._late is None:
            return data
        keys = self._late(data)
        if self._late.answered or time.monotonic() > self._late_until:
            keys, self._late = keys + self._late.flush(), None
        return keys

    def keys_held_back(self) -> bytes:
        """What looked like the beginning of a reply, but was not continued."""
        return b"" if self._late is None else self._late.flush()


def query_for(environment: Mapping[str, str], *, colours: bool, graphics: bool) -> str:
    """The questions to the terminal that are open; empty if there are none, or it would not understand them."""
    if not (colours or graphics) or environment.get("STY"):
        return ""
    if environment.get("TMUX"):  # it takes the Kitty query for a title
        return _CELL_QUERY + _DEVICE_ATTRIBUTES if graphics else ""
    if environment.get("TERM", "").startswith(_NOT_ASKED):
        return ""
    return (_COLOUR_QUERY if colours else "") + (_GRAPHICS_QUERY if graphics else "") + _DEVICE_ATTRIBUTES


@contextmanager
def terminal_query(environment: Mapping[str, str], *, colours: bool, graphics: bool) -> Iterator[TerminalQuery]:
    """Ask the terminal for true colour (`colours`) and for graphics; tmux is asked about the terminal outside.

    Until the end of the block replies are not echoed, and are read without waiting for a new line.
    """
    query = query_for(environment, colours=colours, graphics=graphics)
    tmux = TmuxQuery(environment) if environment.get("TMUX") and (colours or graphics) else None
    if not query:
        yield TerminalQuery("", tmux)
        return
    stdin = _stdin()
    before = termios.tcgetattr(stdin)
    silent = [*before[:3], before[3] & ~(termios.ECHO | termios.ICANON), *before[4:]]
    termios.tcsetattr(stdin, termios.TCSANOW, silent)
    try:
        yield TerminalQuery(query, tmux)
    finally:
        with suppress(termios.error):  # the terminal may have disappeared
            termios.tcsetattr(stdin, termios.TCSANOW, before)


class TerminalQuery:
    """A query that has been sent; `finish` returns what has been answered."""

    def __init__(self, query: str, tmux: TmuxQuery | None) -> None:
        self._tmux = tmux
        self._filter = ReplyFilter()
        self._typed = b""
        self._asked = bool(query)
        if query:
            sys.stdout.write(query)
            sys.stdout.flush()
        self._deadline = time.monotonic() + _TIMEOUT_SECONDS

    def finish(self) -> TerminalInput:
        """Wait for the last reply, until the timeout at most, and return the features."""
        while self._asked and not self._filter.answered and self._read():
            pass
        features = features_of(self._filter.replies)
        if self._tmux is not None:
            outside = self._tmux.finish(max(self._deadline - time.monotonic(), 0.01))
            features = replace(outside, sixel=features.sixel, cell_pixels=outside.cell_pixels or features.cell_pixels)
        if features.cell_pixels is None:
            features = replace(features, cell_pixels=_cell_size_of_kernel())
        if self._asked and not self._filter.answered:
            return TerminalInput(features, self._filter, self._typed)
        return TerminalInput(features, None, self._typed + self._filter.flush())

    def _read(self) -> bool:
        """Read what has arrived; False: nothing arrives any more."""
        stdin, left = _stdin(), max(self._deadline - time.monotonic(), 0)
        if not select.select([stdin], [], [], left)[0]:
            return False
        data = os.read(stdin, 4096)
        self._typed += self._filter(data)
        return bool(data)


def _cell_size_of_kernel() -> tuple[int, int] | None:
    """The width and height of a cell in pixels as the terminal told the kernel; SSH passes it on."""
    try:
        rows, columns, width, height = struct.unpack("4H", fcntl.ioctl(_stdin(), termios.TIOCGWINSZ, bytes(8)))
    except (OSError, ValueError):
        return None
    size = (width // columns, height // rows) if columns and rows else (0, 0)
    return size if all(size) else None


def _stdin() -> int:
    if sys.__stdin__ is None:
        raise ValueError("stdin is closed")
    return sys.__stdin__.fileno()
