"""A map as an image in its full resolution, for terminals that show pixels."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Line
from grok_tui.render.maps.image_size import ImageSize
from grok_tui.render.maps.map_layout import MapLayout
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.pooling import pool


@dataclass(frozen=True, eq=False)
class MapImage:
    """The levels of a map, over `columns` x `rows` cells.

    `levels` [row, column] are indices of `colours`; a level beyond them has no value, and shows the background.
    `height` is that of the map in the pixels of the terminal: the last row of cells may be only half filled.
    `body` are the lines of cells that show the map without an image. `values` [row, column] have the levels on `scale`.
    """

    levels: NDArray[np.uint8]
    colours: tuple[str, ...]
    columns: int
    rows: int
    size: ImageSize
    body: tuple[Line, ...]
    values: NDArray[np.floating]
    scale: Scale

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The level of each pixel [row, column], at the size of the cells or a whole part of it."""
        return spread(self.levels, self.size, (self.rows, self.columns), self.size.divisor, len(self.colours))

    def looks_like(self, other: MapImage) -> bool:
        """Whether two images show the same in the same cells."""
        return self is other or (
            (self.columns, self.rows, self.size, self.colours) == (other.columns, other.rows, other.size, other.colours)
            and self.levels.shape == other.levels.shape
            and bool((self.levels == other.levels).all())
        )

    def levels_of(self, values: NDArray[np.floating]) -> NDArray[np.uint8]:
        """The levels of other values on the scale of the map."""
        return self.scale.levels(values, len(self.colours)).astype(np.uint8)


def map_image(
    values: NDArray[np.floating], plot: MapLayout, scale: Scale, palette: Palette, body: tuple[Line, ...]
) -> MapImage | None:
    """The image of a map; None if the palette draws none, or if the cells already show each value."""
    if plot.image is None:
        return None
    colours = palette.diverging if scale.diverging else palette.sequential
    values = pool(values, *plot.resolution)
    levels = scale.levels(values, len(colours)).astype(np.uint8)
    return MapImage(levels, colours, plot.columns, plot.rows, plot.image, body, values, scale)


def spread(
    levels: NDArray[np.uint8], size: ImageSize, cells: tuple[int, int], divisor: int, empty: int
) -> NDArray[np.uint8]:
    """Levels [row, column] as pixels over so many (rows, columns) of cells, in a whole part of the screen's size.

    Pixels of the cells outside the image are `empty`.
    """
    height, width = max(size.height // divisor, 1), max(size.width // divisor, 1)
    down = np.arange(height) * levels.shape[0] // height
    across = np.arange(width) * levels.shape[1] // width
    shape = (
        max(cells[0] * size.cell_height // divisor, height),
        max(cells[1] * size.cell_width // divisor, width),
    )
    pixels = np.full(shape, empty, dtype=np.uint8)
    pixels[:height, :width] = levels[down[:, None], across[None, :]]
    return pixels
