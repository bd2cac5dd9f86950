"""The replies of a terminal to questions about its abilities, and how they are separated from key presses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# What a terminal sends that no key sends: strings (DCS and APC), device attributes, the size of a cell.
_REPLY = re.compile(rb"\x1bP[^\x1b\x07]*(?:\x1b\\|\x07)|\x1b_G[^\x1b]*\x1b\\|\x1b\[\?[\d;]*c|\x1b\[6;\d+;\d+t")
# The beginning of a reply, the rest of which has not arrived yet.
_BEGUN = re.compile(rb"\x1b(?:P[^\x1b\x07]*\x1b?|_(?:G[^\x1b]*\x1b?)?|\[(?:\?[\d;]*|6[\d;]*)?)?\Z")
_DEVICE_ATTRIBUTES = re.compile(rb"\x1b\[\?\d+((?:;\d*)*)c")
_CELL_SIZE = re.compile(rb"\x1b\[6;(\d+);(\d+)t")
_NAME = re.compile(rb"\x1bP>\|([^\x1b\x07]*)")
# XTGETTCAP: the capabilities RGB and Tc, in hexadecimal. DECRQSS: the colour that the query has set.
_CAPABILITY = re.compile(rb"\x1bP1\+r(?:524742|5463)\b", re.IGNORECASE)
_COLOUR_IN_FORCE = re.compile(rb"\x1bP\d\$r(?:[\d;:]*;)?48[:;]2[:;]+(?:\d+[:;])?1[:;]2[:;]3(?:;[\d;:]*)?m")
_KITTY = re.compile(rb"\x1b_Gi=31;OK\x1b\\")
_SIXEL = b"4"


@dataclass(frozen=True)
class Features:
    """What a terminal has answered; the defaults are those of one that does not answer."""

    true_colour: bool = False
    kitty: bool = False  # the Kitty graphics protocol
    sixel: bool = False
    name: str = ""  # and version
    cell_pixels: tuple[int, int] | None = None  # width, height


NO_FEATURES = Features()


def features_of(replies: Iterable[bytes]) -> Features:
    """The features that replies report.

    >>> features_of([bytes([27]) + b"[?62;4;22c"]).sixel
    True
    """
    true_colour = kitty = sixel = False
    name, cell_pixels = "", None
    for reply in replies:
        true_colour |= bool(_CAPABILITY.match(reply) or _COLOUR_IN_FORCE.match(reply))
        kitty |= bool(_KITTY.match(reply))
        if (attributes := _DEVICE_ATTRIBUTES.match(reply)) is not None:
            sixel |= _SIXEL in attributes[1].split(b";")
        if (named := _NAME.match(reply)) is not None:
            name = named[1].decode("ascii", "replace")
        if (size := _CELL_SIZE.match(reply)) is not None and all(map(int, size.groups())):
            cell_pixels = int(size[2]), int(size[1])
    return Features(true_colour, kitty, sixel, name, cell_pixels)


class ReplyFilter:
    """Removes replies from a terminal's input. `answered`: the reply to the last question has arrived."""

    def __init__(self) -> None:
        self.replies: list[bytes] = []
        self.answered = False
        self._begun = b""

    def __call__(self, data: bytes) -> bytes:
        """The key presses in the next piece of input. A reply that is not complete is held back."""
        data = self._begun + data
        for reply in _REPLY.findall(data):
            self.replies.append(reply)
            self.answered |= _DEVICE_ATTRIBUTES.match(reply) is not None
        keys = _REPLY.sub(b"", data)
        begun = _BEGUN.search(keys)
        self._begun = b"" if begun is None else begun[0]
        return keys[: len(keys) - len(self._begun)]

    def flush(self) -> bytes:
        """What was held back: it was no reply after all, such as the escape key."""
        held, self._begun = self._begun, b""
        return held
