"""Maps as images by the Kitty graphics protocol: which the terminal holds, and what is sent when those change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from grok_tui.terminal.image_numbers import ImageNumbers
from grok_tui.terminal.kitty_graphics import MARKS, delete, through_tmux, transmit

if TYPE_CHECKING:  # the table of runs starts without numpy
    from grok_tui.render.maps.map_image import MapImage


class KittyImages:
    """Sends images by `write`. An image is sent again only if it has changed, or the terminal was `clear`ed."""

    row_multiple = 1

    def __init__(self, write: Callable[[str], None], *, in_tmux: bool = False) -> None:
        self._write = write
        self._in_tmux = in_tmux
        self._numbers = ImageNumbers()
        self._sent: dict[int, MapImage] = {}

    def fits(self, image: MapImage) -> bool:
        """Whether the terminal can show an image of this size."""
        return image.columns <= len(MARKS) and image.rows <= len(MARKS)

    def new_number(self) -> int | None:
        """A number for an image; None if all are in use."""
        return self._numbers.take()

    def show(self, number: int, image: MapImage) -> bool:
        """Have the placeholders of a number show this image; False: those on the screen do."""
        before = self._sent.get(number)
        if before is not None and before.looks_like(image):
            return False
        if before is not None and (before.columns, before.rows) != (image.columns, image.rows):
            self._send(delete(number))
        self._sent[number] = image
        for sequence in transmit(number, image.png, image.columns, image.rows):
            self._send(sequence)
        return False

    def release(self, number: int) -> None:
        """Delete an image that is no longer shown."""
        self._numbers.give_back(number)
        if self._sent.pop(number, None) is not None:
            self._send(delete(number))

    def clear(self) -> None:
        """Delete all images, before the terminal is left; those that are shown again are sent again."""
        for number in self._sent:
            self._send(delete(number))
        self._sent.clear()

    def resize(self, columns: int, rows: int) -> None:
        """The size of the screen does not matter."""

    def text(self, output: str) -> str:
        """The terminal replaces the placeholders itself."""
        return output

    def painting(self) -> str:
        """The terminal paints the images itself."""
        return ""

    def _send(self, sequence: str) -> None:
        self._write(through_tmux(sequence) if self._in_tmux else sequence)
