"""What the terminal can do, by the terminfo entry of TERM, and whether that suffices for the explorer."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass

# For systems without terminfo: the DEC terminals, and variants of others without colour.
_MONOCHROME = re.compile(r"vt(52|[1-4]\d\d)\b.*|.*-m(ono)?")
_NO_FULL_SCREEN = ("dumb", "unknown")


@dataclass(frozen=True)
class Capabilities:
    """What the terminal named `term` can do; None if that is not known."""

    term: str
    full_screen: bool
    has_colours: bool | None


def terminal_capabilities(term: str) -> Capabilities:
    """The capabilities of a terminal by its name in TERM.

    A name without a terminfo entry is taken for a modern terminal that this machine has not heard of.
    """
    if not term or term in _NO_FULL_SCREEN:
        return Capabilities(term, full_screen=False, has_colours=False)
    try:
        import curses
    except ImportError:
        return _without_terminfo(term)
    try:
        curses.setupterm(term, 1)
    except curses.error:
        return _without_terminfo(term)
    return Capabilities(term, full_screen=curses.tigetstr("cup") is not None, has_colours=curses.tigetnum("colors") > 0)


def explorer_obstacle(terminal: Capabilities) -> str | None:
    """Why the explorer cannot run although stdout is a terminal; None if it can."""
    if not terminal.full_screen:
        term = terminal.term
        return f"A terminal with TERM={term} has no full screen" if term else "TERM is not set"
    if sys.__stdin__ is None or not sys.__stdin__.isatty():
        return "stdin is not a terminal"
    return None


def _without_terminfo(term: str) -> Capabilities:
    return Capabilities(term, full_screen=True, has_colours=False if _MONOCHROME.fullmatch(term) else None)
