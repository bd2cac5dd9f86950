"""Optimise terminal output: fewer bytes for the same screen.

Textual writes every run of cells with its whole style and resets the style after it. `OutputOptimizer` sends a style
only before a cell that needs it, sends only the difference to the style in force, and omits what a blank does not show.
Of several cursor movements in a row it sends the last one.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    # A run of cells as Textual writes it: the whole style, the text, a reset.
    r"\x1b\[([0-9;]+)m([^\x1b]+)\x1b\[0m"
    r"|\x1b\[([0-9;]*)m"
    r"|(\x1b\[[0-9;]*[ABCDEFGHdf])"  # cursor movement, which does not depend on the style
    r"|([^\x1b]+)"
    r"|(\x1b(?:\[[^@-~]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P^_X][^\x1b]*\x1b\\|[^\[\]P^_X]|$))"
    r"|(\x1b)"
)
# The SGR code that turns each attribute off. Bold and dim share one.
_OFF = {"1": "22", "2": "22", "3": "23", "4": "24", "5": "25", "7": "27", "8": "28", "9": "29"}
_NEW_LINES = ("\n", "\r\n")
_VISIBLE_ON_BLANKS = frozenset("4789")  # underline, reverse, concealed, struck through


class _TerminalStyle(NamedTuple):
    """A style as SGR codes. A colour is the code that sets it; None is the terminal's default."""

    fg: str | None = None
    bg: str | None = None
    attributes: frozenset[str] = frozenset()


_PLAIN = _TerminalStyle()


class OutputOptimizer:
    """Optimise a stream of terminal output piece by piece. After each piece the terminal's style is the original one.

    With `colours=False` all colours are removed.
    """

    def __init__(self, colours: bool = True) -> None:
        self._style_after = _style_after if colours else _colourless_style_after
        self._target = _PLAIN  # the style of the original stream
        self._in_force = _PLAIN  # the style of the terminal

    def __call__(self, data: str) -> str:
        """The optimised output that replaces `data`, the next piece of the stream."""
        parts: list[str] = []
        moves = ""  # written only before something that depends on the position
        for run_sgr, run_text, sgr, move, text, other, lone_escape in _TOKEN.findall(data):
            if move or text in _NEW_LINES:
                moves = move if move.endswith("H") else moves + (move or text)
                continue
            if moves and not sgr:
                parts.append(moves)
                moves = ""
            if run_text:
                style = self._style_after(self._target, run_sgr)
                if style is not self._in_force:
                    self._set(parts, _style_for_blanks(self._in_force, style) if _is_blank(run_text) else style)
                parts.append(run_text)
                self._target = _PLAIN
            elif text:
                style = self._target
                self._set(parts, _style_for_blanks(self._in_force, style) if _is_blank(text) else style)
                parts.append(text)
            elif other or lone_escape:
                self._set(parts, self._target)
                parts.append(other or lone_escape)
            else:
                self._target = self._style_after(self._target, sgr)
        parts.append(moves)
        self._set(parts, self._target)
        return "".join(parts)

    def _set(self, parts: list[str], style: _TerminalStyle) -> None:
        """Append the sequence that sets a style.

        Nearly always only colours change. Those are handled here, because there are too many pairs for a cache.
        """
        if style is self._in_force:
            return
        fg, bg, attributes = style
        old_fg, old_bg, old_attributes = self._in_force
        if attributes is not old_attributes or (fg is None and bg is None):
            if style != self._in_force:
                parts.append(_transition(self._in_force, style))
        elif fg == old_fg:
            if bg != old_bg:
                parts.append(f"\x1b[{bg or '49'}m")
        else:
            parts.append(f"\x1b[{fg or '39'}m" if bg == old_bg else f"\x1b[{fg or '39'};{bg or '49'}m")
        self._in_force = style


def _is_blank(text: str) -> bool:
    return not text.strip(" ")


@lru_cache(maxsize=16384)
def _style_for_blanks(in_force: _TerminalStyle, target: _TerminalStyle) -> _TerminalStyle:
    """The style to set before blanks: only the background changes, unless an attribute is visible on blanks."""
    if (in_force.attributes | target.attributes) & _VISIBLE_ON_BLANKS:
        return target
    return in_force._replace(bg=target.bg)


@lru_cache(maxsize=16384)
def _style_after(style: _TerminalStyle, parameters: str) -> _TerminalStyle:
    """The style after an SGR sequence with these parameters. Unknown codes change nothing."""
    codes = parameters.split(";")
    while codes:
        code = codes.pop(0).lstrip("0") or "0"
        if code == "0":
            style = _PLAIN
        elif code in ("38", "48"):
            count = {"2": 4, "5": 2}.get(codes[0] if codes else "", 0)
            colour, codes = ";".join([code, *codes[:count]]), codes[count:]
            style = style._replace(fg=colour) if code == "38" else style._replace(bg=colour)
        else:
            style = _style_after_code(style, code)
    return style


def _colourless_style_after(style: _TerminalStyle, parameters: str) -> _TerminalStyle:
    return _style_after(style, parameters)._replace(fg=None, bg=None)


def _style_after_code(style: _TerminalStyle, code: str) -> _TerminalStyle:
    """The style after one SGR code without parameters of its own."""
    number = int(code)
    if code in _OFF:
        return style._replace(attributes=style.attributes | {code})
    if code in _OFF.values():
        return style._replace(attributes=frozenset(a for a in style.attributes if _OFF[a] != code))
    if 30 <= number <= 37 or 90 <= number <= 97:
        return style._replace(fg=code)
    if 40 <= number <= 47 or 100 <= number <= 107:
        return style._replace(bg=code)
    return style._replace(fg=None) if number == 39 else style._replace(bg=None) if number == 49 else style


@lru_cache(maxsize=16384)
def _transition(old: _TerminalStyle, new: _TerminalStyle) -> str:
    """The shortest SGR sequence from one style to another."""
    with_reset = ["0", *_added_codes(_PLAIN, new)]
    removed = old.attributes - new.attributes
    off = {_OFF[attribute] for attribute in removed}
    # Turning off bold turns off dim as well, and the reverse.
    remaining = frozenset(a for a in old.attributes - removed if _OFF[a] not in off)
    difference = [*sorted(off), *_added_codes(old._replace(attributes=remaining), new)]
    return f"\x1b[{min(';'.join(difference), ';'.join(with_reset), key=len)}m" if new != _PLAIN else "\x1b[0m"


def _added_codes(old: _TerminalStyle, new: _TerminalStyle) -> list[str]:
    """The codes that set the attributes and colours of `new` that `old` lacks."""
    codes = sorted(new.attributes - old.attributes)
    if new.fg != old.fg:
        codes.append(new.fg or "39")
    if new.bg != old.bg:
        codes.append(new.bg or "49")
    return codes
