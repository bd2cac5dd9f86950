"""The size of a map's image: whole pixels for each value, so that all values look equally large."""

from __future__ import annotations

from typing import NamedTuple

# A larger image is sent at a half, a third, ... of its size and enlarged by the terminal: a step stays below 40 KB.
_MOST_PIXELS = 320_000


class ImageSize(NamedTuple):
    """The height and width of an image in pixels of the terminal, and of a cell."""

    height: int
    width: int
    cell_height: int
    cell_width: int

    @property
    def divisor(self) -> int:
        """By which the image is reduced when it is sent."""
        divisor = 1
        while self.height * self.width > _MOST_PIXELS * divisor**2:
            divisor += 1
        return divisor

    def cell_of(self, index: int, length: int, *, down: bool) -> int:
        """The cell that shows the middle of a value, of so many on the axis."""
        pixels, cell = (self.height, self.cell_height) if down else (self.width, self.cell_width)
        return (2 * index + 1) * pixels // (2 * length) // cell

    def block_of(self, cell: int, length: int, *, down: bool) -> slice:
        """The values that a cell shows at least a pixel of."""
        pixels, size = (self.height, self.cell_height) if down else (self.width, self.cell_width)
        first = min(cell * size, pixels - 1)
        last = min((cell + 1) * size, pixels) - 1
        return slice(first * length // pixels, last * length // pixels + 1)


def image_size(
    shape: tuple[int, int], room: tuple[int, int], cell: tuple[int, int], row_multiple: int = 1
) -> ImageSize:
    """The size for values of `shape` (rows, columns) in a room of so many pixels, with cells of `cell` (width, height).

    A value takes whole pixels, at most half as many again on one axis as on the other, and a multiple of `row_multiple`
    down if it is higher. Where there is less than a pixel for a value, the axis takes the whole room.
    """
    down, across = (max(pixels // max(length, 1), 0) for pixels, length in zip(room, shape, strict=True))
    down = down - down % row_multiple or down
    if shape[0] == shape[1] and down and across:
        down, across = min(down, across * 3 // 2 or 1), min(across, down * 3 // 2 or 1)
    size = _sized(shape, room, down, across, cell)
    divisor = size.divisor
    if divisor == 1:
        return size
    return _sized(shape, room, down - down % divisor or down, across - across % divisor or across, cell)


def _sized(shape: tuple[int, int], room: tuple[int, int], down: int, across: int, cell: tuple[int, int]) -> ImageSize:
    return ImageSize(shape[0] * down or room[0], shape[1] * across or room[1], cell[1], cell[0])
