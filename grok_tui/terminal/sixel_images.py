"""Maps as Sixel images: which the terminal shows, and what is painted again after each piece of output."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.maps.map_image import MapImage
from grok_tui.terminal.byte_budget import LEAST_BYTES, bytes_for_images, steps_beside
from grok_tui.terminal.image_cells import CellRun, ImageCells
from grok_tui.terminal.image_numbers import ImageNumbers
from grok_tui.terminal.sixel import SIXEL_ROWS
from grok_tui.terminal.sixel_forms import SixelForms

# An image that has not changed is painted in so many parts at most.
_MOST_RECTANGLES = 8
_SAVE_CURSOR, _RESTORE_CURSOR = "\x1b7", "\x1b8"


@dataclass(frozen=True)
class _Painted:
    """What the terminal shows of an image: its form by the index in STEPS, and how many bytes that took."""

    forms: SixelForms
    step: int
    size: int


class SixelImages:
    """Images in cells that the widgets write as placeholders.

    Sixel images have no name in the terminal: text that is written over them removes them. So an image is painted again
    whenever one of its cells has been written; cells that show text are not painted. With `whole`, as in tmux, text
    over one cell removes the whole image.
    """

    row_multiple = SIXEL_ROWS // 2

    def __init__(self, write: Callable[[str], None], *, whole: bool = False) -> None:
        self._write = write
        self._whole = whole
        self.numbers = ImageNumbers()
        self._images: dict[int, SixelForms] = {}
        self._changed: set[int] = set()  # images whose cells show another one
        self._painted: dict[int, _Painted] = {}
        self._cells = ImageCells()
        self._budget = LEAST_BYTES

    def show(self, number: int, image: MapImage) -> bool:
        """Have the placeholders of a number show this image; returns whether a cell must be written for that."""
        before = self._images.get(number)
        if before is not None and before.image.looks_like(image):
            return False
        self._images[number] = SixelForms(image)
        self._changed.add(number)
        if before is not None and before.cells != self._images[number].cells:
            self._cells.forget(number)  # its cells are written anew
        return True

    def release(self, number: int) -> None:
        """The image is no longer shown; text replaces its cells."""
        self.numbers.give_back(number)
        self._cells.forget(number)
        self._images.pop(number, None)
        self._painted.pop(number, None)

    def clear(self) -> None:
        """Remove all images, before the terminal is left; those that are shown again are painted again."""
        blanks = "".join(self._cells.blanks(number) for number in self._images)
        for number in self._images:
            self._cells.forget(number)
        self._images.clear()
        self._painted.clear()
        self._write(blanks)

    def resize(self, columns: int, rows: int) -> None:
        """The screen has a size in cells; the terminal may have removed its images."""
        self._cells.clear()
        self._budget = bytes_for_images(columns, rows)

    def text(self, output: str) -> str:
        """The next piece of output without placeholders."""
        return self._cells.read(output)

    def painting(self) -> str:
        """The images that must be painted after the last pieces of output."""
        written = self._cells.take_written()
        if written is None:
            return ""
        changed = set(written.image_cells) | self._changed | (written.covered if self._whole else set())
        numbers = sorted(number for number in changed if number in self._images and number in self._cells.places)
        self._changed.clear()
        steps = self._steps(numbers)
        parts = [self._paint(number, steps[number], written.image_cells.get(number, ())) for number in numbers]
        return _SAVE_CURSOR + "".join(parts) + _RESTORE_CURSOR if any(parts) else ""

    def _paint(self, number: int, step: int, written: Sequence[CellRun]) -> str:
        """The image in the cells that show it; if it has not changed, only in those that were written."""
        forms, before = self._images[number], self._painted.get(number)
        self._painted[number] = _Painted(forms, step, forms.size(step))
        shown = self._cells.shown(number, *forms.cells)
        if before is not None and before.forms is forms and not self._whole:
            parts = rectangles(written, shown)
            if len(parts) <= _MOST_RECTANGLES:
                return "".join(self._paint_cells(number, step, rows, columns, shown) for rows, columns in parts)
        # Pixels that are no longer painted would stay.
        blanks = self._cells.blanks(number) if before and before.forms is not forms and forms.has_gaps else ""
        if shown.all():
            return blanks + self._at(number, 0, 0) + forms.text(step)
        return blanks + self._paint_cells(number, step, slice(0, forms.cells[1]), slice(0, forms.cells[0]), shown)

    def _paint_cells(self, number: int, step: int, rows: slice, columns: slice, shown: NDArray[np.bool_]) -> str:
        text = self._images[number].text_of_cells(step, rows, columns, shown)
        return self._at(number, rows.start, columns.start) + text if text else ""

    def _at(self, number: int, row: int, column: int) -> str:
        """The sequence that moves the cursor to a cell of an image."""
        place = self._cells.places[number]
        return f"\x1b[{place.row + row + 1};{place.column + column + 1}H"

    def _steps(self, numbers: list[int]) -> dict[int, int]:
        """The steps of images that are to be painted, so that all on the screen take no more bytes than there are.

        Unchanged images keep their step. The others share the bytes as if those beside them were painted as well.
        """
        kept = {
            number: painted.step
            for number, painted in self._painted.items()
            if number in self._images and painted.forms is self._images[number]
        }
        new = [number for number in numbers if number not in kept]
        on_screen = {number: self._images[number] for number in self._images if number in self._cells.places}
        others = {number: painted.size for number, painted in self._painted.items() if number in on_screen}
        return kept | steps_beside(others, new, on_screen, self._budget)


def rectangles(runs: Sequence[CellRun], shown: NDArray[np.bool_]) -> list[tuple[slice, slice]]:
    """Rectangles (rows, columns) of the cells in some runs, in which those that are `shown` can be painted."""
    cells = np.zeros(shown.shape, dtype=bool)
    for run in runs:
        if run.row < len(cells):
            cells[run.row, run.column : run.column + run.length] = True
    cells &= shown
    found: list[tuple[slice, slice]] = []
    open_runs: dict[tuple[int, int], int] = {}  # (start, stop) of columns, with the first row
    for row in range(len(cells) + 1):
        edges = np.flatnonzero(np.diff(cells[row], prepend=False, append=False)) if row < len(cells) else ()
        spans = {(int(start), int(stop)) for start, stop in zip(edges[::2], edges[1::2], strict=True)}
        for span in [span for span in open_runs if span not in spans]:
            found.append((slice(open_runs.pop(span), row), slice(*span)))
        for span in spans:
            open_runs.setdefault(span, row)
    return found
