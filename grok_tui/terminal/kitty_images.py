"""Maps as images by the Kitty graphics protocol: which the terminal holds, and what is sent when those change."""

from __future__ import annotations

from collections.abc import Callable

from grok_tui.render.formats.png import indexed_png
from grok_tui.render.maps.coarse_image import STEPS, coarse_pixels
from grok_tui.render.maps.map_image import MapImage
from grok_tui.terminal.byte_budget import LEAST_BYTES, bytes_for_images, steps_beside
from grok_tui.terminal.image_numbers import ImageNumbers
from grok_tui.terminal.kitty_graphics import delete, through_tmux, transmit


class _KittyForms:
    """An image in the forms of `STEPS` as PNG files, by their index: each is made once."""

    form_count = len(STEPS)

    def __init__(self, image: MapImage) -> None:
        self.image = image
        self._files: dict[int, bytes] = {}

    def png(self, step: int) -> bytes:
        if step not in self._files:
            pixels, colours = coarse_pixels(self.image, STEPS[step], self.image.size.divisor)
            self._files[step] = indexed_png(pixels, colours)
        return self._files[step]

    def size(self, step: int) -> int:
        """The bytes that are sent, in base 64."""
        return -(-len(self.png(step)) // 3) * 4


class KittyImages:
    """Sends images by `write`. An image is sent again only if it has changed, or the terminal was `clear`ed.

    Images that would take too many bytes together are sent in coarser forms.
    """

    row_multiple = 1

    def __init__(self, write: Callable[[str], None], *, in_tmux: bool = False) -> None:
        self._write = write
        self._in_tmux = in_tmux
        self.numbers = ImageNumbers()
        self._sent: dict[int, _KittyForms] = {}
        self._sizes: dict[int, int] = {}
        self._budget = LEAST_BYTES

    def show(self, number: int, image: MapImage) -> bool:
        """Have the placeholders of a number show this image; False: those on the screen do."""
        before = self._sent.get(number)
        if before is not None and before.image.looks_like(image):
            return False
        if before is not None and (before.image.columns, before.image.rows) != (image.columns, image.rows):
            self._send(delete(number))
        forms = self._sent[number] = _KittyForms(image)
        others = {other: size for other, size in self._sizes.items() if other in self._sent}
        step = steps_beside(others, [number], self._sent, self._budget)[number]
        self._sizes[number] = forms.size(step)
        for sequence in transmit(number, forms.png(step), image.columns, image.rows):
            self._send(sequence)
        return False

    def release(self, number: int) -> None:
        """Delete an image that is no longer shown."""
        self.numbers.give_back(number)
        if self._sent.pop(number, None) is not None:
            self._send(delete(number))

    def clear(self) -> None:
        """Delete all images, before the terminal is left; those that are shown again are sent again."""
        for number in self._sent:
            self._send(delete(number))
        self._sent.clear()

    def resize(self, columns: int, rows: int) -> None:
        """The screen has a size in cells."""
        self._budget = bytes_for_images(columns, rows)

    def text(self, output: str) -> str:
        """The terminal replaces the placeholders itself."""
        return output

    def painting(self) -> str:
        """The terminal paints the images itself."""
        return ""

    def _send(self, sequence: str) -> None:
        self._write(through_tmux(sequence) if self._in_tmux else sequence)
