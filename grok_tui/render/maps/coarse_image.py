"""Coarser forms of a map's image, for a terminal whose graphics take many bytes: fewer colours, then larger blocks."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.maps.map_image import MapImage, spread
from grok_tui.render.pooling import pool


class Coarseness(NamedTuple):
    """Blocks of `pooling` x `pooling` values show the largest; `merging` neighbouring colours become one."""

    pooling: int
    merging: int


# From the finest to the coarsest. All values with at least six colours come before any pooling. The largest of nine
# values and more is nearly always among the upper levels: merged, few colours would be left of them.
STEPS = (
    *(Coarseness(1, merging) for merging in (1, 2, 3)),
    *(Coarseness(2, merging) for merging in (1, 2, 3)),
    *(Coarseness(pooling, 1) for pooling in (3, 4, 6, 8)),
)


class CoarsePixels(NamedTuple):
    """The level of each pixel [row, column]; a level beyond the colours is transparent."""

    pixels: NDArray[np.uint8]
    colours: tuple[str, ...]


def coarse_pixels(image: MapImage, coarseness: Coarseness, divisor: int = 1) -> CoarsePixels:
    """The pixels of an image in a coarser form, in a whole part of the size. Their colours are colours of the image."""
    levels, pooling = image.levels, coarseness.pooling
    if pooling > 1:
        rows, columns = (-(-length // pooling) for length in levels.shape)
        levels = image.levels_of(pool(image.values, rows, columns))
    group, shown = merged_levels(len(image.colours), coarseness.merging, image.scale.diverging)
    pixels = spread(group[levels], image.size, (image.rows, image.columns), divisor, len(shown))
    return CoarsePixels(pixels, tuple(image.colours[level] for level in shown))


@lru_cache
def merged_levels(count: int, merging: int, diverging: bool) -> tuple[NDArray[np.uint8], tuple[int, ...]]:
    """The group of each of `count` levels, and of those without a value; and the level whose colour a group has.

    The groups of a diverging scale are symmetric around zero.

    >>> merged_levels(9, 2, True)
    (array([0, 0, 1, 1, 2, 3, 3, 4, 4, 5], dtype=uint8), (0, 2, 4, 6, 8))
    """
    levels = np.arange(count)
    if diverging:
        zero = count // 2
        steps = np.sign(levels - zero) * ((abs(levels - zero) + merging // 2) // merging)
        group = steps - steps[0]
        shown = [min(max(zero + step * merging, 0), count - 1) for step in range(int(steps[0]), int(steps[-1]) + 1)]
    else:
        group = levels // merging
        shown = [min(first + merging // 2, count - 1) for first in range(0, count, merging)]
    return np.append(group, len(shown)).astype(np.uint8), tuple(shown)
