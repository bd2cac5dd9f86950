"""What a program writes to a terminal, with fewer bytes and to the same effect.

Textual gives each stretch of cells its whole style and takes it back after it. Here a style is sent only when a cell
needs it, only as far as it differs from the one in force, and nothing of it that a blank would not show.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    # What Textual writes of a stretch: its whole style, the text, and the end of it.
    r"\x1b\[([0-9;]+)m([^\x1b]+)\x1b\[0m"
    r"|\x1b\[([0-9;]*)m"
    r"|(\x1b\[[0-9;]*[ABCDEFGHdf])"  # moving the cursor leaves cells and styles alone
    r"|([^\x1b]+)"
    r"|(\x1b(?:\[[^@-~]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P^_X][^\x1b]*\x1b\\|[^\[\]P^_X]|$))"
    r"|(\x1b)"
)
# What is turned on, and what turns it off: bold and dim go together.
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
_SEEN_ON_BLANKS = frozenset("4789")  # underline, reverse, concealed, struck through


class _Look(NamedTuple):
    """The style in force; a colour as the codes that set it, None for the terminal's own."""

    fg: str | None = None
    bg: str | None = None
    attributes: frozenset[str] = frozenset()


_PLAIN = _Look()


class OutputOptimizer:
    """Thins out one stream, piece by piece. Each piece leaves the terminal in the style that it would have had.

    Without `colours` all cells have the terminal's own.
    """

    def __init__(self, colours: bool = True) -> None:
        self._after = _after if colours else _uncoloured_after
        self._wanted = _PLAIN  # what the stream has asked for
        self._in_force = _PLAIN  # what the terminal has been told

    def __call__(self, data: str) -> str:
        parts: list[str] = []
        for style, styled, sgr, move, text, other, lone in _TOKEN.findall(data):
            if styled:
                look = self._after(self._wanted, style)
                if look is not self._in_force:
                    self._tell(parts, _on_blanks(self._in_force, look) if _blank(styled) else look)
                parts.append(styled)
                self._wanted = _PLAIN
            elif move:
                parts.append(move)
            elif text:
                self._tell(parts, _on_blanks(self._in_force, self._wanted) if _blank(text) else self._wanted)
                parts.append(text)
            elif other or lone:
                self._tell(parts, self._wanted)
                parts.append(other or lone)
            else:
                self._wanted = self._after(self._wanted, sgr)
        self._tell(parts, self._wanted)
        return "".join(parts)

    def _tell(self, parts: list[str], look: _Look) -> None:
        """Bring the terminal to a style: nearly always colours alone, of which there are too many pairs to remember."""
        if look is self._in_force:
            return
        fg, bg, attributes = look
        old_fg, old_bg, old_attributes = self._in_force
        if attributes is not old_attributes or (fg is None and bg is None):
            if look != self._in_force:
                parts.append(_change(self._in_force, look))
        elif fg == old_fg:
            if bg != old_bg:
                parts.append(f"\x1b[{bg or '49'}m")
        else:
            parts.append(f"\x1b[{fg or '39'}m" if bg == old_bg else f"\x1b[{fg or '39'};{bg or '49'}m")
        self._in_force = look


def _blank(text: str) -> bool:
    return not text.strip(" ")


@lru_cache(maxsize=16384)
def _on_blanks(in_force: _Look, wanted: _Look) -> _Look:
    """What a blank needs: the background, unless one of the two styles would show on it."""
    if (in_force.attributes | wanted.attributes) & _SEEN_ON_BLANKS:
        return wanted
    return in_force._replace(bg=wanted.bg)


@lru_cache(maxsize=16384)
def _after(look: _Look, parameters: str) -> _Look:
    """The style after an SGR sequence; what is not understood changes nothing."""
    codes = parameters.split(";")
    while codes:
        code = codes.pop(0).lstrip("0") or "0"
        if code == "0":
            look = _PLAIN
        elif code in ("38", "48"):
            count = {"2": 4, "5": 2}.get(codes[0] if codes else "", 0)
            colour, codes = ";".join([code, *codes[:count]]), codes[count:]
            look = look._replace(fg=colour) if code == "38" else look._replace(bg=colour)
        else:
            look = _after_simple(look, code)
    return look


def _uncoloured_after(look: _Look, parameters: str) -> _Look:
    return _after(look, parameters)._replace(fg=None, bg=None)


def _after_simple(look: _Look, code: str) -> _Look:
    number = int(code)
    if code in _OFF:
        return look._replace(attributes=look.attributes | {code})
    if code in _OFF.values():
        return look._replace(attributes=frozenset(one for one in look.attributes if _OFF[one] != code))
    if 30 <= number <= 37 or 90 <= number <= 97:
        return look._replace(fg=code)
    if 40 <= number <= 47 or 100 <= number <= 107:
        return look._replace(bg=code)
    return look._replace(fg=None) if number == 39 else look._replace(bg=None) if number == 49 else look


@lru_cache(maxsize=16384)
def _change(old: _Look, new: _Look) -> str:
    """The shortest sequence from one style to another."""
    whole = ["0", *_set(new, _PLAIN)]
    lost = old.attributes - new.attributes
    off = {_OFF[one] for one in lost}
    # Bold's end is dim's end too.
    kept = frozenset(one for one in old.attributes - lost if _OFF[one] not in off)
    step = [*sorted(off), *_set(new, old._replace(attributes=kept))]
    return f"\x1b[{min(';'.join(step), ';'.join(whole), key=len)}m" if new != _PLAIN else "\x1b[0m"


def _set(new: _Look, old: _Look) -> list[str]:
    """The codes that `new` needs on top of `old`."""
    codes = sorted(new.attributes - old.attributes)
    if new.fg != old.fg:
        codes.append(new.fg or "39")
    if new.bg != old.bg:
        codes.append(new.bg or "49")
    return codes
