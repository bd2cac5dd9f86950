"""The images that the terminal holds: which maps they are, and what must be sent when those change."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from grok_tui.terminal.kitty_graphics import FIRST_ID, LAST_ID, MARKS, delete, through_tmux, transmit

if TYPE_CHECKING:  # the table of runs starts without numpy
    from grok_tui.render.maps.map_image import MapImage


class TerminalImages:
    """Sends images by `write`. An image is sent again only if it has changed, or the terminal was `clear`ed."""

    def __init__(self, write: Callable[[str], None], *, in_tmux: bool = False) -> None:
        self._write = write
        self._in_tmux = in_tmux
        self._sent: dict[int, MapImage] = {}
        # Programs in other panes of tmux share the numbers: begin at different ones.
        self._next = FIRST_ID + os.getpid() % (LAST_ID - FIRST_ID + 1)
        self._used: set[int] = set()

    def fits(self, image: MapImage) -> bool:
        """Whether the terminal can show an image of this size."""
        return image.columns <= len(MARKS) and image.rows <= len(MARKS)

    def new_number(self) -> int | None:
        """A number for an image; None if all are in use."""
        for _ in range(FIRST_ID, LAST_ID + 1):
            number, self._next = self._next, self._next + 1 if self._next < LAST_ID else FIRST_ID
            if number not in self._used:
                self._used.add(number)
                return number
        return None

    def show(self, number: int, image: MapImage) -> None:
        """Have the placeholders of a number show this image."""
        before = self._sent.get(number)
        if before is not None and _same(before, image):
            return
        if before is not None and (before.columns, before.rows) != (image.columns, image.rows):
            self._send(delete(number))
        self._sent[number] = image
        for sequence in transmit(number, image.png, image.columns, image.rows):
            self._send(sequence)

    def release(self, number: int) -> None:
        """Delete an image that is no longer shown."""
        self._used.discard(number)
        if self._sent.pop(number, None) is not None:
            self._send(delete(number))

    def clear(self) -> None:
        """Delete all images, before the terminal is left; those that are shown again are sent again."""
        for number in self._sent:
            self._send(delete(number))
        self._sent.clear()

    def _send(self, sequence: str) -> None:
        self._write(through_tmux(sequence) if self._in_tmux else sequence)


def terminal_images(
    graphics: str, write: Callable[[str], None], environment: Mapping[str, str] = os.environ
) -> TerminalImages | None:
    """The images of a terminal with these graphics; None if it shows none."""
    return None if graphics == "none" else TerminalImages(write, in_tmux=bool(environment.get("TMUX")))


def _same(one: MapImage, other: MapImage) -> bool:
    """Whether two images look alike."""
    return one is other or (
        (one.columns, one.rows, one.size, one.colours) == (other.columns, other.rows, other.size, other.colours)
        and one.levels.shape == other.levels.shape
        and bool((one.levels == other.levels).all())
    )
