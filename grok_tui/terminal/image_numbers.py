"""The numbers of images: each is used once at a time."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from grok_tui.terminal.kitty_graphics import MARKS

if TYPE_CHECKING:  # the table of runs starts without numpy
    from grok_tui.render.maps.map_image import MapImage

# In a foreground colour of 256, not one of the 16 that have sequences of their own.
FIRST_ID, LAST_ID = 17, 255


class ImageNumbers:
    """Hands out numbers. Programs in other panes of tmux share those of Kitty images: begin at different ones."""

    def __init__(self) -> None:
        self._next = FIRST_ID + os.getpid() % (LAST_ID - FIRST_ID + 1)
        self._used: set[int] = set()

    @staticmethod
    def fits(image: MapImage) -> bool:
        """Whether placeholders can name every cell of an image."""
        return image.columns <= len(MARKS) and image.rows <= len(MARKS)

    def take(self) -> int | None:
        """A number that is not in use; None if all are."""
        for _ in range(FIRST_ID, LAST_ID + 1):
            number, self._next = self._next, self._next + 1 if self._next < LAST_ID else FIRST_ID
            if number not in self._used:
                self._used.add(number)
                return number
        return None

    def give_back(self, number: int) -> None:
        self._used.discard(number)
