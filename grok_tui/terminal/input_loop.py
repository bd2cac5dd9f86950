"""Read keys for Textual: first those that were typed before it started, and without late replies of the terminal."""

from __future__ import annotations

import os
import select
from codecs import getincrementaldecoder
from contextlib import suppress

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

from grok_tui.terminal.terminal_query import TerminalInput

_TICK_SECONDS = 0.1


def read_keys(driver: LinuxDriver, terminal: TerminalInput) -> None:
    """Read the terminal until the driver ends its input: as the driver's `run_input_thread` does."""
    parser = XTermParser(False)
    decode = getincrementaldecoder("utf-8")("replace").decode

    def deliver(data: bytes) -> None:
        if data and (text := decode(data)):
            for event in parser.feed(text):
                driver.process_message(event)

    deliver(terminal.take_typed())
    while not driver.exit_event.is_set():
        if select.select([driver.fileno], [], [], _TICK_SECONDS)[0]:
            data = _read(driver.fileno)
            if not data:  # the terminal has disappeared
                break
            deliver(terminal.keys_in(data))
        else:
            deliver(terminal.keys_held_back())
        for event in parser.tick():
            driver.process_message(event)
    with suppress(EOFError, ParseError):
        for event in parser.feed(""):
            driver.process_message(event)


def _read(file: int) -> bytes:
    try:
        return os.read(file, 4096)
    except OSError:
        return b""
