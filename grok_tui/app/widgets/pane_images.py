"""The images of a pane: where they are, and the strips of cells that show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Region
from textual.strip import Strip

from grok_tui.app.widgets.strips import styles_over
from grok_tui.render.cell_text import from_cells
from grok_tui.render.cells import Drawing, Line, Span, merge_spans, slice_line
from grok_tui.terminal.kitty_graphics import placeholder
from grok_tui.terminal.terminal_images import TerminalImages

if TYPE_CHECKING:  # the table of runs starts without numpy
    from grok_tui.render.maps.map_image import MapImage

# In a drawing, a cell that shows a part of an image.
_IMAGE_CELL = Span(" ")


@dataclass(frozen=True)
class PlacedImage:
    """An image whose top left cell is (left, top), by its number in the terminal."""

    left: int
    top: int
    number: int
    image: MapImage

    @property
    def place(self) -> tuple[int, int, int, int, int]:
        return self.number, self.left, self.top, self.image.columns, self.image.rows


class PaneImages:
    """The images of one pane."""

    def __init__(self, terminal: TerminalImages) -> None:
        self._terminal = terminal
        self._numbers: list[int] = []
        self._placed: tuple[PlacedImage, ...] = ()
        self._unpainted: list[Region] = []
        self._true_colour = True

    def place(self, drawing: Drawing, *, true_colour: bool) -> tuple[Drawing, bool]:
        """Show the images of a drawing; returns it with image cells in their places, and whether these have changed.

        Cells that have something drawn over the map, such as a mark, keep it.
        """
        self._true_colour = true_colour
        before = [placed.place for placed in self._placed]
        images = [(area.left, area.top, image) for area in drawing.areas if (image := area.image) is not None]
        complete = {(area.left, area.top): (area.width, area.height) for area in drawing.areas}
        shown = [
            (left, top, image)
            for left, top, image in images
            if complete[left, top] == (image.columns, image.rows) and self._terminal.numbers.fits(image)
        ]
        self._placed = tuple(
            PlacedImage(left, top, number, image)
            for (left, top, image), number in zip(shown, self._numbered(len(shown)), strict=False)
        )
        for placed in self._placed:
            drawing = _with_image_cells(drawing, placed)
        self.send()
        return drawing, [placed.place for placed in self._placed] != before

    def send(self) -> None:
        """Send the images that the terminal does not hold yet."""
        for placed in self._placed:
            if self._terminal.show(placed.number, placed.image):
                self._unpainted.append(Region(placed.left, placed.top, 1, 1))

    def take_unpainted(self) -> list[Region]:
        """A cell of each image that has changed, to be written again: the terminal is sent the image with it. Once."""
        regions, self._unpainted = self._unpainted, []
        return regions

    def release(self) -> None:
        """Delete the images: the pane is gone."""
        for number in self._numbers:
            self._terminal.release(number)
        self._numbers, self._placed = [], ()

    def strip_of(self, line: Line, row: int, width: int, base: RichStyle) -> Strip | None:
        """A line of the drawing with the images in their cells; None if it has none."""
        placed = [image for image in self._placed if 0 <= row - image.top < image.image.rows]
        if not placed:
            return None
        self.send()  # the terminal may have been cleared
        segments: list[Segment] = []
        column = 0
        for text, style in line:
            if style == _IMAGE_CELL.style:
                segments += _segments(text, row, column, placed, base, self._true_colour)
            else:
                segments.append(Segment(from_cells(text), styles_over(base)[style]))
            column += len(text)
        return Strip(segments, width)

    def _numbered(self, count: int) -> Sequence[int]:
        """Numbers for so many images, the same ones as before."""
        while len(self._numbers) < count and (number := self._terminal.numbers.take()) is not None:
            self._numbers.append(number)
        return self._numbers[:count]


def _with_image_cells(drawing: Drawing, placed: PlacedImage) -> Drawing:
    """The drawing with image cells wherever it shows the map alone."""
    lines = list(drawing.lines)
    left, right = placed.left, placed.left + placed.image.columns
    for row, body in enumerate(placed.image.body, placed.top):
        line = lines[row]
        cells = _uncovered(tuple(slice_line(line, left, right)), body)
        lines[row] = merge_spans([*slice_line(line, 0, left), *cells, *slice_line(line, right, drawing.width)])
    return replace(drawing, lines=tuple(lines))


def _uncovered(line: Line, body: Line) -> list[Span]:
    """A line with image cells in place of those that are as in `body`."""
    if line == body:
        return [Span(_IMAGE_CELL.text * sum(len(span.text) for span in body))]
    pairs = zip(_cells(line), _cells(body), strict=True)
    return [_IMAGE_CELL if cell == below else cell for cell, below in pairs]


def _cells(line: Line) -> list[Span]:
    return [Span(character, style) for text, style in line for character in text]


def _segments(
    text: str, row: int, first: int, placed: Sequence[PlacedImage], base: RichStyle, true_colour: bool
) -> list[Segment]:
    """The segments of unstyled cells from column `first` on; each image cell is a segment, so that any can be cut."""
    segments: list[Segment] = []
    plain = ""
    for column, character in enumerate(text, first):
        image = _at(placed, column) if character == _IMAGE_CELL.text else None
        if image is None:
            plain += character
            continue
        if plain:
            segments.append(Segment(from_cells(plain), base))
            plain = ""
        segments.append(
            Segment(placeholder(row - image.top, column - image.left), _style(base, image.number, true_colour))
        )
    return [*segments, Segment(from_cells(plain), base)] if plain else segments


def _at(placed: Sequence[PlacedImage], column: int) -> PlacedImage | None:
    return next((image for image in placed if 0 <= column - image.left < image.image.columns), None)


@lru_cache(maxsize=512)
def _style(base: RichStyle, number: int, true_colour: bool) -> RichStyle:
    """The style of placeholders: their colour is the number of the image.

    Below a transparent screen Textual turns a colour of 256 into a true colour, which would be another number.
    """
    return base + RichStyle(color=Color.from_rgb(0, 0, number) if true_colour else Color.from_ansi(number))
