"""Read what a terminal with Sixel graphics shows from what was written to it.

Written from the description of DEC's VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1bP[^\x1b]*\x1b\\|\x1b\[[0-9;?<>=]*[ -/]*[@-~]|\x1b[_\]^X][^\x1b\x07]*(?:\x07|\x1b\\)"
    r"|\x1b.|[\r\n]|[^\x1b\r\n]+",
    re.DOTALL,
)
_SIXEL = re.compile(r"\x1bP([0-9;]*)q(.*)\x1b\\", re.DOTALL)
_COMMAND = re.compile(r'"([0-9;]*)|#([0-9;]+)|!(\d+)([?-~])|([?-~]+)|([$-])', re.DOTALL)
NOTHING = -1
_LARGEST = 4096


@dataclass
class Sixel:
    """A decoded sequence: `pixels` [row, column] are colours in per cent, red * 10,201 + green * 101 + blue."""

    transparent: bool
    pixels: NDArray[np.int64]
    registers: dict[int, int]


def colour_number(red: int, green: int, blue: int) -> int:
    return (red * 101 + green) * 101 + blue


def colour_of(text: str) -> int:
    """The number of "#rrggbb", in whole per cent."""
    return colour_number(*(round(value * 100 / 255) for value in bytes.fromhex(text[1:])))


def decode_sixel(sequence: str) -> Sixel:
    """Decode a sequence; a character that is none of its commands is an error."""
    parts = _SIXEL.fullmatch(sequence)
    assert parts is not None
    parameters = [int(number or 0) for number in parts[1].split(";")] + [0, 0]
    registers: dict[int, int] = {}
    size, colour, band, column, place = (0, 0), NOTHING, 0, 0, 0
    pixels = np.full((_LARGEST, _LARGEST), NOTHING, dtype=np.int32)
    while place < len(parts[2]):
        command = _COMMAND.match(parts[2], place)
        assert command is not None, f"{parts[2][place : place + 20]!r} is no command"
        place = command.end()
        raster, selected, count, repeated, data, move = command.groups()
        if raster is not None:
            down, across, width, height = map(int, raster.split(";"))
            assert (down, across) == (1, 1)
            size = height, width
        elif selected is not None:
            register, *definition = map(int, selected.split(";"))
            if definition:
                assert definition[0] == 2
                assert all(0 <= value <= 100 for value in definition[1:])
                registers[register] = colour_number(*definition[1:])
            colour = registers[register]
        elif move == "$":
            column = 0
        elif move == "-":
            column, band = 0, band + 1
        else:
            columns = np.frombuffer((repeated * int(count) if repeated else data).encode(), dtype=np.uint8) - 63
            for bit in range(6):
                (painted,) = np.nonzero(columns >> bit & 1)
                pixels[band * 6 + bit, column + painted] = colour
            column += len(columns)
    height, width = size
    assert height <= _LARGEST
    assert (pixels[height : 6 * (band + 1)] == NOTHING).all(), "pixels below the raster"
    assert (pixels[:height, width:] == NOTHING).all(), "pixels beside the raster"
    return Sixel(parameters[1] == 1, pixels[:height, :width].astype(np.int64), registers)


@dataclass
class SixelScreen:
    """`pixels` of all cells of a screen, where an image shows; `text` is the character of each cell (row, column).

    Text that is written over an image removes it from its cells; an image that is painted covers text in the cells that
    it has pixels in, which `covered` counts.
    """

    columns: int
    rows: int
    cell: tuple[int, int] = (9, 18)  # width, height
    text: dict[tuple[int, int], str] = field(default_factory=dict)
    sent: int = 0  # bytes of images
    images: int = 0  # how many were sent
    covered: int = 0

    def __post_init__(self) -> None:
        self.pixels = np.full((self.rows * self.cell[1], self.columns * self.cell[0]), NOTHING, dtype=np.int64)
        self._cursor = (0, 0)
        self._saved = (0, 0)

    def write(self, output: bytes) -> None:
        """Show the next, complete piece of output."""
        for token in _TOKEN.findall(output.decode()):
            if token.startswith("\x1bP") and _SIXEL.fullmatch(token):
                self.sent, self.images = self.sent + len(token), self.images + 1
                self._paint(decode_sixel(token))
            elif token.startswith("\x1b["):
                self._control(token)
            elif token == "\x1b7":
                self._saved = self._cursor
            elif token == "\x1b8":
                self._cursor = self._saved
            elif token == "\n":
                self._cursor = self._cursor[0] + 1, self._cursor[1]
            elif token == "\r":
                self._cursor = self._cursor[0], 0
            elif not token.startswith("\x1b"):
                for character in token:
                    self._put(character)

    @property
    def image_cells(self) -> set[tuple[int, int]]:
        """The cells (row, column) that show pixels of an image."""
        width, height = self.cell
        shown = (self.pixels != NOTHING).reshape(self.rows, height, self.columns, width).any(axis=(1, 3))
        return {(int(row), int(column)) for row, column in np.argwhere(shown)}

    def in_cells(self, rows: slice, columns: slice) -> NDArray[np.int64]:
        """The pixels of so many cells."""
        width, height = self.cell
        return self.pixels[rows.start * height : rows.stop * height, columns.start * width : columns.stop * width]

    def _paint(self, image: Sixel) -> None:
        assert image.transparent
        width, height = self.cell
        top, left = self._cursor[0] * height, self._cursor[1] * width
        rows, columns = image.pixels.shape
        area = self.pixels[top : top + rows, left : left + columns]
        assert area.shape == image.pixels.shape, "the image leaves the screen"
        assert top + rows <= (self.rows - 1) * height, "an image in the last line scrolls the screen"
        painted = image.pixels != NOTHING
        area[painted] = image.pixels[painted]
        by_cell = painted[: rows // height * height, : columns // width * width]
        shown = by_cell.reshape(rows // height, height, columns // width, width).any(axis=(1, 3))
        for row, column in np.argwhere(shown):
            place = int(row) + self._cursor[0], int(column) + self._cursor[1]
            self.covered += self.text.get(place, " ") != " "

    def _control(self, token: str) -> None:
        numbers = [int(part or 0) for part in re.findall(r"[;\[](\d*)", token)]
        if token[-1] in "Hf":
            row, column = (*numbers, 0, 0)[:2]
            self._cursor = max(row - 1, 0), max(column - 1, 0)
        elif token[-1] == "C":
            self._cursor = self._cursor[0], min(self._cursor[1] + max(numbers[0], 1), self.columns - 1)
        elif token.endswith("J") or token in ("\x1b[?1049h", "\x1b[?1049l"):
            self.pixels[:] = NOTHING
            self.text.clear()

    def _put(self, character: str) -> None:
        width, height = self.cell
        row, column = self._cursor
        for cell in range(cell_len(character)):
            self.text[row, column + cell] = character
            left = (column + cell) * width
            self.pixels[row * height : (row + 1) * height, left : left + width] = NOTHING
        self._cursor = row, column + cell_len(character)
