"""Pooling keeps large values, and every value has a pixel."""

import numpy as np
import pytest

from grok_tui.render.pooling import block_of, pixel_of, pool


def test_a_pixel_keeps_the_value_of_largest_magnitude_with_its_sign():
    values = np.array([[1.0, -3.0, 0.0, np.nan], [2.0, 0.5, np.nan, np.nan]])
    assert pool(values, 1, 2).tolist() == [[-3.0, 0.0]]


def test_a_pixel_is_nan_only_if_its_whole_block_is_nan():
    values = np.array([[1.0, -3.0, 0.0, np.nan], [2.0, 0.5, np.nan, np.nan]])
    assert np.isnan(pool(values, 1, 4)).tolist() == [[False, False, False, True]]


def test_a_matrix_of_the_right_shape_is_unchanged():
    values = np.eye(3)
    assert pool(values, 3, 3) is values


@pytest.mark.parametrize(("length", "pixels"), [(113, 20), (113, 113), (7, 3), (1, 1)])
def test_every_value_is_in_the_block_of_its_pixel(length: int, pixels: int):
    for index in range(length):
        pixel = pixel_of(index, length, pixels)
        block = block_of(pixel, pixel, length, pixels)
        assert block.start <= index < block.stop


def test_a_range_of_pixels_shows_the_values_of_all_of_them():
    assert block_of(1, 2, 12, 4) == slice(3, 9)


@pytest.mark.parametrize(
    ("shape", "pixels"), [((113, 113), (36, 50)), ((20, 7), (3, 7)), ((5, 5), (5, 1)), ((4, 9), (1, 1))]
)
def test_each_pixel_is_that_of_its_block_alone(shape: tuple[int, int], pixels: tuple[int, int]):
    values = np.random.default_rng(0).normal(size=(2, *shape))
    values[:, :3, :2] = np.nan
    pooled = pool(values, *pixels)
    for matrix, pooled_matrix in zip(values, pooled, strict=True):
        assert np.array_equal(pool(matrix, *pixels), pooled_matrix, equal_nan=True)
        for row, column in np.ndindex(*pixels):
            block = matrix[block_of(row, row, shape[0], pixels[0]), block_of(column, column, shape[1], pixels[1])]
            known = block[~np.isnan(block)]
            largest = known[abs(known).argmax()] if known.size else np.nan
            assert np.array_equal(pooled_matrix[row, column], largest, equal_nan=True)
