"""Small maps of some neurons side by side, in unwrapped order: a few pixels would show natural order falsely."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.maps.paint import level_count, paint
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.pooling import block_of, pool
from grok_tui.render.readout import Readout, ReadoutArea, format_value
from grok_tui.render.target import Target
from grok_tui.views.shared.token_axis import unwrapped_order

if TYPE_CHECKING:
    from engine.explorer.answers import Activations
    from engine.networks.token_order import TokenOrder

_GAP = 2
_LEAST_ROWS, _MOST_ROWS = 4, 12  # of a thumbnail; it is twice as wide as high in cells, and so a square
_MOST = 4  # thumbnails; they are made smaller to show as many
_LEVELS = 4  # colours of a thumbnail: each change of colour costs bytes at every epoch step


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """One neuron over all pairs, both axes unwrapped by its own frequency."""

    neuron: int
    values: NDArray[np.float64]  # [y, x], by position
    tokens: tuple[int, ...]  # [position]


@dataclass(frozen=True, eq=False)
class Thumbnails:
    """The strongest neurons of a cluster, in descending order of the energy at their frequency."""

    cluster: int | None  # its frequency; None: the rest
    maps: tuple[Thumbnail, ...]


@lru_cache(maxsize=8)  # another neuron of the same cluster changes nothing; drawings are cached by this object
def thumbnails_of(
    activations: Activations, cluster: int | None, frequencies: tuple[int | None, ...], order: TokenOrder
) -> Thumbnails:
    """The thumbnails of some neurons; `frequencies` are theirs. A neuron without one is in the order of the engine."""
    maps = []
    for neuron, grid, k in zip(activations.neurons, activations.post, frequencies, strict=True):
        shown = unwrapped_order(order.q, k) if k is not None else np.arange(order.q)
        maps.append(Thumbnail(neuron, grid.T[np.ix_(shown, shown)], tuple(order.array[shown].tolist())))
    return Thumbnails(cluster, tuple(maps))


@lru_cache(maxsize=8)
def draw_thumbnails(shown: Thumbnails, width: int, height: int, palette: Palette) -> Drawing | None:
    """As many thumbnails as fit, on one scale, below the neurons' numbers; None if there is no room, or no neuron."""
    rows = min(height - 1, _MOST_ROWS)
    while rows > _LEAST_ROWS and _count(rows, width) < min(_MOST, len(shown.maps)):
        rows -= 1
    maps = shown.maps[: _count(rows, width)]
    if rows < _LEAST_ROWS or not maps:
        return None
    scale = Scale.of(np.array([(each.values.min(), each.values.max()) for each in maps]))
    whose = "strongest of the rest" if shown.cluster is None else f"strongest of freq {shown.cluster}"
    numbers = ", ".join(str(each.neuron) for each in maps)
    captions = (f"{whose}, unwrapped: neurons {numbers}", f"{whose}: {numbers}", f"neurons {numbers}", numbers)
    caption = next((text for text in captions if len(text) <= width), captions[-1])
    head = Drawing.of_lines([palette.fit(caption, width)], width, palette.style(palette.muted))
    body = beside(*_draw(maps, rows, palette, scale), gap=_GAP)
    return fit(above(head, body), width, rows + 1)


def _count(rows: int, width: int) -> int:
    return min(max((width + _GAP) // (2 * max(rows, 1) + _GAP), 0), _MOST)


def _draw(maps: Sequence[Thumbnail], rows: int, palette: Palette, scale: Scale) -> list[Drawing]:
    """Maps of `rows` lines without axes; as `heatmap` they show the value of largest magnitude of each block.

    They are painted as one map of many lines, which takes half of the time.
    """
    pixels = _pixels(maps, rows, palette)
    colours = level_count(palette, scale.diverging)
    count = min(_LEVELS, colours)
    levels = np.where(np.isnan(pixels), colours, scale.levels(pixels, count) * (colours - 1) // (count - 1))
    body = paint(levels, palette, scale.diverging)
    return [
        Drawing(body.width, body.lines[start : start + rows], (_area(each, body.width, rows, palette),))
        for each, start in zip(maps, range(0, body.height, rows), strict=True)
    ]


def _pixels(maps: Sequence[Thumbnail], rows: int, palette: Palette) -> NDArray[np.floating]:
    """The values of thumbnails of `rows` lines, twice as wide as high in cells, below each other."""
    p, down, across = len(maps[0].tokens), rows * palette.rows_per_cell, 2 * rows
    values = np.stack([each.values for each in maps])
    if p >= max(down, across):
        pixels = pool(values, down, across)
    else:  # enlarged
        pixels = values[:, np.arange(down)[:, None] * p // down, np.arange(across) * p // across]
    return pixels.reshape(-1, across)


def _area(shown: Thumbnail, width: int, rows: int, palette: Palette) -> ReadoutArea:
    p, down, across = len(shown.tokens), rows * palette.rows_per_cell, width

    def read(column: int, row: int) -> Readout:
        lines = block_of(row * palette.rows_per_cell, (row + 1) * palette.rows_per_cell - 1, p, down)
        columns = block_of(column, column, p, across)
        block = shown.values[lines, columns]
        y, x = np.unravel_index(abs(block).argmax(), block.shape)
        at = f"x {shown.tokens[columns.start + int(x)]}, y {shown.tokens[lines.start + int(y)]}"
        largest = f" (largest of {block.size:,})" if block.size > 1 else ""
        text = f"neuron {shown.neuron}, {at}: {format_value(block[y, x])}{largest}"
        return Readout(text, Target(neuron=shown.neuron))

    return ReadoutArea(0, 0, width, rows, read)
