"""Read what a terminal with the Kitty graphics protocol shows from what was written to it."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from grok_tui.terminal.kitty_graphics import MARKS, PLACEHOLDER

_COMMAND = re.compile(r"\x1b_G([^;\x1b]*)(?:;([^\x1b]*))?\x1b\\")
_TOKEN = re.compile(r"\x1b_G[^\x1b]*\x1b\\|\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1bP[^\x1b]*\x1b\\|\x1b.|[^\x1b]", re.DOTALL)
_MARK_OF = {mark: place for place, mark in enumerate(MARKS)}


@dataclass(frozen=True)
class Png:
    """A decoded PNG file: the colour of each pixel [row, column], "" where it is transparent."""

    pixels: NDArray[np.str_]


def decode_png(data: bytes) -> Png:
    """Decode an indexed PNG file with the filters none, sub and up."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: dict[bytes, bytes] = {}
    place = 8
    while place < len(data):
        (length,) = struct.unpack(">I", data[place : place + 4])
        name, content = data[place + 4 : place + 8], data[place + 8 : place + 8 + length]
        assert struct.unpack(">I", data[place + 8 + length : place + 12 + length])[0] == zlib.crc32(name + content)
        chunks[name] = chunks.get(name, b"") + content
        place += 12 + length
    width, height, depth, kind, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert (depth, kind) == (8, 3)
    rows = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), dtype=np.uint8).reshape(height, width + 1)
    indices = np.zeros((height, width), dtype=np.uint8)
    for row, (filter, *values) in enumerate(rows):
        above = indices[row - 1] if row else np.zeros(width, dtype=np.uint8)
        line = np.array(values, dtype=np.uint8)
        indices[row] = {0: line, 1: np.cumsum(line, dtype=np.uint8), 2: line + above}[int(filter)]
    palette = chunks[b"PLTE"]
    colours = ["#" + palette[start : start + 3].hex() for start in range(0, len(palette), 3)]
    opaque = chunks.get(b"tRNS", b"").ljust(len(colours), b"\xff")
    return Png(np.array([colour if opaque[index] else "" for index, colour in enumerate(colours)])[indices])


@dataclass
class KittyScreen:
    """`images` by number, `places` their (columns, rows), `cells` what each cell (column, row) of the screen shows.

    A cell is its character, or (number, column, row) of the part of an image that it shows.
    """

    columns: int
    rows: int = 24
    images: dict[int, Png] = field(default_factory=dict)
    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    cells: dict[tuple[int, int], str | tuple[int, int, int]] = field(default_factory=dict)
    sent: int = 0  # bytes of commands
    _data: str = ""
    _loading: int = 0
    _cursor: tuple[int, int] = (0, 0)
    _colour: int | None = None

    def write(self, output: bytes) -> None:
        """Show the next, complete piece of output."""
        for token in _TOKEN.findall(output.decode()):
            if (command := _COMMAND.fullmatch(token)) is not None:
                self.sent += len(token)
                self._obey(dict(key.split("=") for key in command[1].split(",")), command[2] or "")
            elif token.startswith("\x1b["):
                self._control(token)
            elif not token.startswith("\x1b") and token >= " ":
                self._put(token)

    def parts_of(self, number: int) -> set[tuple[int, int]]:
        """The cells (column, row) of an image that are on the screen."""
        return {cell[1:] for cell in self.cells.values() if not isinstance(cell, str) and cell[0] == number}

    @property
    def shown(self) -> set[int]:
        """The numbers of the images that are on the screen."""
        return {cell[0] for cell in self.cells.values() if not isinstance(cell, str)}

    def _obey(self, keys: dict[str, str], data: str) -> None:
        action = keys.get("a", "t")
        number = int(keys.get("i", self._loading))
        if action == "q":
            return
        if action == "d":
            assert keys["d"] == "I"
            self.images.pop(number, None)
            self.places.pop(number, None)
        elif action == "p":
            assert keys["U"] == "1"
            self.places[number] = int(keys["c"]), int(keys["r"])
        else:
            assert len(data) <= 4096
            assert set(keys) <= {"m", "q"} or keys["f"] == "100"
            self._loading, self._data = number, ("" if "f" in keys else self._data) + data
            if keys["m"] == "0":
                self.images[number] = decode_png(base64.standard_b64decode(self._data))
                self.places.pop(number, None)

    def _control(self, token: str) -> None:
        numbers = [int(part or 0) for part in re.findall(r"[;\[](\d*)", token)]
        if token.endswith("H"):
            row, column = (*numbers, 0, 0)[:2]
            self._cursor = max(column - 1, 0), max(row - 1, 0)
        elif token.endswith("J"):
            self.cells.clear()
        elif token.endswith("m"):
            self._set_colour(numbers)
        elif token == "\x1b[?1049l":
            self.cells.clear()

    def _set_colour(self, codes: list[int]) -> None:
        while codes:
            code = codes.pop(0)
            if code in (38, 48):
                count = 4 if codes[0] == 2 else 2
                colour, codes = codes[:count], codes[count:]
                if code == 38:
                    self._colour = colour[1] if colour[0] == 5 else (colour[1] << 16) + (colour[2] << 8) + colour[3]
            elif code in (0, 39) or 30 <= code <= 37 or 90 <= code <= 97:
                self._colour = None

    def _put(self, character: str) -> None:
        column, row = self._cursor
        if character in _MARK_OF:
            before = self.cells.get((column - 1, row))
            if isinstance(before, tuple):
                number, x, y = before
                self.cells[column - 1, row] = (
                    (number, x, _MARK_OF[character]) if y < 0 else (number, _MARK_OF[character], y)
                )
            return
        self.cells[column, row] = (self._colour or 0, -1, -1) if character == PLACEHOLDER else character
        self._cursor = column + 1, row
