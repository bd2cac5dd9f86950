"""The image of a map: its own resolution, where the cells have less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_image import MapImage
from grok_tui.render.palette import DARK
from grok_tui.render.readout import Readout

IMAGES = replace(DARK, cell_pixels=(9, 18))
VALUES = np.random.default_rng(1).random((113, 113))


def image_of(values: np.ndarray, width: int, height: int) -> MapImage | None:
    (area,) = heatmap(values, width, height, IMAGES).areas
    assert area.image is None or (area.width, area.height) == (area.image.columns, area.image.rows)
    return area.image


def test_an_image_has_each_value_although_the_cells_have_not() -> None:
    image = image_of(VALUES, 60, 20)
    assert image is not None
    low, high = VALUES.min(), VALUES.max()
    expected = np.minimum(np.floor((VALUES - low) / (high - low) * 16), 15)
    assert (image.levels == expected).all()
    height, width = image.pixels.shape
    assert (height, width) == (image.rows * 18, image.columns * 9)
    down, across = image.size.height // 113, image.size.width // 113
    filled = expected.repeat(down, axis=0).repeat(across, axis=1)
    assert (image.pixels[: image.size.height, : image.size.width] == filled).all()
    assert (image.pixels[image.size.height :] == 16).all()
    assert (image.pixels[:, image.size.width :] == 16).all()
    assert 0 <= height - image.size.height < 18
    assert 0 <= width - image.size.width < 9
    assert down <= across <= down * 1.5


def test_a_cell_reads_the_values_that_it_shows() -> None:
    """The readout of each cell is the largest of the values of its own pixels."""
    (area,) = heatmap(VALUES, 60, 20, IMAGES, read=lambda row, column: Readout(f"{row} {column}")).areas
    image = area.image
    assert image is not None
    of_pixels = VALUES.repeat(image.size.height // 113, axis=0).repeat(image.size.width // 113, axis=1)
    for column in range(area.width):
        for row in range(area.height):
            reading = area.read(column, row)
            assert reading is not None
            row_read, column_read = map(int, reading.text.split()[:2])
            shown = of_pixels[row * 18 : (row + 1) * 18, column * 9 : (column + 1) * 9]
            assert VALUES[row_read, column_read] == shown.max()


def test_without_graphics_and_where_cells_show_all_there_is_no_image() -> None:
    assert all(area.image is None for area in heatmap(VALUES, 60, 20, DARK).areas)
    assert image_of(VALUES[:11, :11], 60, 20) is None
    assert image_of(VALUES, 130, 70) is None


def test_a_value_that_is_absent_is_transparent() -> None:
    values = VALUES.copy()
    values[40, 50] = np.nan
    image = image_of(values, 60, 20)
    assert image is not None
    assert (np.argwhere(image.levels == len(image.colours)) == [[40, 50]]).all()


def test_few_pixels_keep_the_largest_values() -> None:
    """In 4 rows of 18 pixels, 113 rows of values do not fit."""
    values = np.zeros((113, 113))
    values[60] = 1.0
    image = image_of(values, 40, 5)
    assert image is not None
    assert image.levels.shape[0] < 113
    assert (image.levels.max(axis=1) == 15).sum() == 1


@pytest.mark.parametrize("size", [(120, 60), (220, 56)])
def test_a_large_image_is_a_whole_part_of_the_size_on_the_screen(size: tuple[int, int]) -> None:
    image = image_of(np.random.default_rng(2).random((499, 499)), *size)
    assert image is not None
    height, width = image.pixels.shape
    assert height * width <= 350_000
    divisor = image.size.divisor
    assert (height, width) == (image.rows * 18 // divisor, image.columns * 9 // divisor)
