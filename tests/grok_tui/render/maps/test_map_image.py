"""The image of a map: its own resolution, where the cells have less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_image import MapImage
from grok_tui.render.palette import DARK

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
    for row, column in ((0, 0), (image.height - 1, width - 1), (image.height // 2, width // 3)):
        assert image.pixels[row, column] == expected[row * 113 // image.height, column * 113 // width]
    assert (image.pixels[image.height :] == 16).all()


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
    assert height * width <= 320_000
    divisor = image.columns * 9 // width
    assert (height, width) == (image.rows * 18 // divisor, image.columns * 9 // divisor)
