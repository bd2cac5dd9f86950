"""Which cells of the screen show an image: those written as placeholders that no text has replaced since."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len

from grok_tui.terminal.kitty_graphics import MARKS, PLACEHOLDER

_TOKEN = re.compile(
    rf"\x1b\[([0-9;]*)m((?:{PLACEHOLDER}..)+)(?:\x1b\[0m)?"  # image cells, in their style
    r"|\x1b\[(\d*)(?:;(\d*))?[Hf]"  # the cursor moves
    r"|([^\x1b]+)"
    r"|(\x1b\[[23]?J|\x1b\[\?1049[hl])"  # all cells are cleared
    r"|\x1b(?:\[[^@-~]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[P^_X][^\x1b]*\x1b\\|[^\[\]P^_X]|$)"  # other sequences
)
_NUMBER = re.compile(r"(?:^|;)38;(?:5|2;0;0);(\d+)")
_MARK_OF = {mark: place for place, mark in enumerate(MARKS)}
_WIDEST = 4096
_RIGHT = "\x1b[C"
_STEPS_RIGHT = re.compile(r"(?:\x1b\[C)+")


@dataclass(frozen=True)
class ImagePlace:
    """The screen row and column of an image's top left cell, and the style of its blank cells (SGR parameters)."""

    row: int
    column: int
    style: str


@dataclass(frozen=True)
class Written:
    """The image cells that were written, by the number of the image, and the images that text has covered a cell of."""

    image_cells: dict[int, list[CellRun]]
    covered: set[int]


class CellRun(NamedTuple):
    """Cells of one row of an image, which count from its top left one."""

    row: int
    column: int
    length: int


class ImageCells:
    """Reads the output to the terminal piece by piece. Columns and rows count from 0; images have numbers 1 .. 255."""

    def __init__(self) -> None:
        self.places: dict[int, ImagePlace] = {}
        self._written: Written | None = None
        self._rows: dict[int, bytearray] = defaultdict(lambda: bytearray(_WIDEST))
        self._cursor = (0, 0)  # row, column

    def read(self, output: str) -> str:
        """The output with blanks in place of placeholders. Cells that already show the same are not written again."""
        if PLACEHOLDER not in output and not self.places:
            return output
        steps_right = _TOKEN.sub(self._replace, output)
        return _STEPS_RIGHT.sub(lambda steps: f"\x1b[{len(steps[0]) // len(_RIGHT)}C", steps_right)

    def clear(self) -> None:
        """No cell shows an image any more."""
        self._rows.clear()
        self.places.clear()

    def take_written(self) -> Written | None:
        """What has been written since the last call; None if only sequences without cells were.

        Cells that were skipped count as a frame, in which nothing was written.
        """
        written, self._written = self._written, None
        return written

    def forget(self, number: int) -> None:
        """The image is gone, or elsewhere; text will replace its cells."""
        if self.places.pop(number, None) is not None:
            for cells in self._rows.values():
                cells[:] = cells.replace(bytes([number]), b"\0")

    def shown(self, number: int, columns: int, rows: int) -> NDArray[np.bool_]:
        """Which cells [row, column] of an image are on the screen."""
        place = self.places[number]
        cells = [self._rows[place.row + row][place.column : place.column + columns] for row in range(rows)]
        numbers = np.frombuffer(b"".join(cells), dtype=np.uint8).reshape(rows, columns)
        return np.equal(numbers, number)

    def blanks(self, number: int) -> str:
        """The output that clears all cells of an image."""
        place = self.places.get(number)
        if place is None:
            return ""
        own = bytes([number])
        parts = [
            f"\x1b[{row + 1};{run.start() + 1}H{' ' * len(run[0])}"
            for row, cells in sorted(self._rows.items())
            if own in cells
            for run in re.finditer(re.escape(own) + b"+", cells)
        ]
        return f"\x1b[{place.style}m{''.join(parts)}\x1b[0m" if parts else ""

    def _replace(self, token: re.Match[str]) -> str:
        style, placeholders, row, column, text, cleared = token.groups()
        if placeholders is not None:
            return self._place(style, placeholders)
        if text is not None:
            self._write(text)
        elif row is not None:
            self._cursor = max(int(row or 1), 1) - 1, max(int(column or 1), 1) - 1
        elif cleared is not None:
            self.clear()
        return token[0]

    def _place(self, style: str, placeholders: str) -> str:
        """Image cells are written at the cursor; returns what the terminal is sent for them."""
        row, column = self._cursor
        found = _NUMBER.search(style)
        number = int(found[1]) if found is not None else 0
        top, left, count = _MARK_OF[placeholders[1]], _MARK_OF[placeholders[2]], len(placeholders) // 3
        place, own = ImagePlace(row - top, column - left, style), bytes([number]) * count
        self._cursor = row, column + count
        cells = self._rows[row]
        before, changes = self.places.get(number), self._changes
        if before == place and cells[column : column + count] == own:
            return _RIGHT * count
        if before is None or (before.row, before.column) != (place.row, place.column):
            self.forget(number)
        self.places[number] = place
        cells[column : column + count] = own
        changes.image_cells.setdefault(number, []).append(CellRun(top, left, count))
        return f"\x1b[{style}m{' ' * count}\x1b[0m"

    @property
    def _changes(self) -> Written:
        if self._written is None:
            self._written = Written({}, set())
        return self._written

    def _write(self, text: str) -> None:
        """Text is written at the cursor."""
        for part in re.split("([\r\n])", text):
            row, column = self._cursor
            if part == "\n":
                self._cursor = row + 1, column
            elif part == "\r":
                self._cursor = row, 0
            elif part:
                width = len(part) if part.isascii() else cell_len(part)
                self._cursor = row, column + width
                changes = self._changes
                cells = self._rows.get(row)
                if cells is not None:
                    changes.covered.update(cells[column : column + width].replace(b"\0", b""))
                    cells[column : column + width] = bytes(min(width, max(_WIDEST - column, 0)))
