"""The images of a terminal, by whichever graphics it has."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:  # the table of runs starts without numpy
    from grok_tui.render.maps.map_image import MapImage
    from grok_tui.terminal.image_numbers import ImageNumbers

TerminalGraphics = Literal["kitty", "sixel", "none"]


class TerminalImages(Protocol):
    """Images that the terminal shows in cells which the widgets write as placeholders of a number.

    A value of an image is a multiple of `row_multiple` pixels high, if it is higher. `numbers` hands out the numbers.
    """

    row_multiple: int
    numbers: ImageNumbers

    def show(self, number: int, image: MapImage) -> bool:
        """Have the placeholders of a number show this image; returns whether a cell must be written for that."""

    def release(self, number: int) -> None:
        """Remove an image that is no longer shown."""

    def clear(self) -> None:
        """Remove all images, before the terminal is left; those that are shown again are sent again."""

    def resize(self, columns: int, rows: int) -> None:
        """The screen has a size in cells."""

    def text(self, output: str) -> str:
        """The next piece of output as the terminal is sent it."""

    def painting(self) -> str:
        """What the terminal is sent after it, to paint images."""


def terminal_images(
    graphics: TerminalGraphics, write: Callable[[str], None], environment: Mapping[str, str] = os.environ
) -> TerminalImages | None:
    """The images of a terminal with these graphics; None if it shows none."""
    in_tmux = bool(environment.get("TMUX"))
    if graphics == "kitty":
        from grok_tui.terminal.kitty_images import KittyImages

        return KittyImages(write, in_tmux=in_tmux)
    if graphics == "sixel":
        from grok_tui.terminal.sixel_images import SixelImages

        return SixelImages(write, whole=in_tmux)
    return None
