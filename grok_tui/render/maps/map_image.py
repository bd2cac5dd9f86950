"""A map as an image in its full resolution, for terminals that show pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Line
from grok_tui.render.formats.png import indexed_png
from grok_tui.render.maps.image_size import ImageSize
from grok_tui.render.maps.map_layout import MapLayout
from grok_tui.render.maps.paint import level_count
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.pooling import pool


@dataclass(frozen=True, eq=False)
class MapImage:
    """The levels of a map, over `columns` x `rows` cells.

    `levels` [row, column] are indices of `colours`; a level beyond them has no value, and shows the background.
    `height` is that of the map in the pixels of the terminal: the last row of cells may be only half filled.
    `body` are the lines of cells that show the map without an image.
    """

    levels: NDArray[np.uint8]
    colours: tuple[str, ...]
    columns: int
    rows: int
    size: ImageSize
    body: tuple[Line, ...]

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The level of each pixel [row, column], at the size of the cells or a whole part of it."""
        size, divisor = self.size, self.size.divisor
        height, width = max(size.height // divisor, 1), max(size.width // divisor, 1)
        down = np.arange(height) * self.levels.shape[0] // height
        across = np.arange(width) * self.levels.shape[1] // width
        cells = (
            max(self.rows * size.cell_height // divisor, height),
            max(self.columns * size.cell_width // divisor, width),
        )
        pixels = np.full(cells, len(self.colours), dtype=np.uint8)
        pixels[:height, :width] = self.levels[down[:, None], across[None, :]]
        return pixels

    @cached_property
    def png(self) -> bytes:
        """The image as a PNG file, transparent where there is no value."""
        return indexed_png(self.pixels, self.colours)


def map_image(
    values: NDArray[np.floating], plot: MapLayout, scale: Scale, palette: Palette, body: tuple[Line, ...]
) -> MapImage | None:
    """The image of a map; None if the palette draws none, or if the cells already show each value."""
    if plot.image is None:
        return None
    colours = palette.diverging if scale.diverging else palette.sequential
    levels = scale.levels(pool(values, *plot.resolution), level_count(palette, scale.diverging))
    return MapImage(levels.astype(np.uint8), colours, plot.columns, plot.rows, plot.image, body)
