"""The coarser forms of an image: fewer colours and larger blocks, each as defined."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from grok_tui.render.maps.coarse_image import STEPS, Coarseness, coarse_pixels, merged_levels
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_image import MapImage
from grok_tui.render.palette import DARK

VALUES = np.random.default_rng(1).normal(size=(113, 113))


def image_of(values: np.ndarray) -> MapImage:
    (area,) = heatmap(values, 60, 20, replace(DARK, cell_pixels=(9, 18), image_rows=3)).areas
    assert area.image is not None
    return area.image


@pytest.mark.parametrize("merging", [1, 2, 3, 4])
def test_merged_levels_are_neighbours_around_zero(merging: int) -> None:
    group, shown = merged_levels(17, merging, True)
    assert (group[:17] + group[:17][::-1] == len(shown) - 1).all()  # symmetric
    assert (np.diff(group.astype(int)) >= 0).all()
    assert [int(group[level]) for level in shown] == list(range(len(shown)))
    assert shown[len(shown) // 2] == 8
    assert np.bincount(group[:17]).max() <= max(2 * (merging // 2) + 1, merging)


@pytest.mark.parametrize("merging", [1, 2, 3, 4])
def test_merged_levels_of_a_sequential_scale_are_equally_wide(merging: int) -> None:
    group, shown = merged_levels(16, merging, False)
    assert group[:16].tolist() == [level // merging for level in range(16)]
    assert [int(group[level]) for level in shown] == list(range(len(shown)))


def test_the_finest_form_has_the_pixels_of_the_image() -> None:
    image = image_of(VALUES)
    pixels, colours = coarse_pixels(image, STEPS[0])
    assert colours == image.colours
    assert (pixels == image.pixels).all()


def test_blocks_show_the_value_of_largest_magnitude() -> None:
    image = image_of(VALUES)
    pixels, colours = coarse_pixels(image, Coarseness(2, 1))
    edges = [index * 113 // 57 for index in range(58)]
    blocks = [[VALUES[top:bottom, left:right] for left, right in pairwise(edges)] for top, bottom in pairwise(edges)]
    largest = np.array([[block.flat[abs(block).argmax()] for block in row] for row in blocks])
    levels = image.scale.levels(largest, len(colours))
    down = [(2 * row + 1) * image.size.height // (2 * 57) for row in range(57)]
    across = [(2 * column + 1) * image.size.width // (2 * 57) for column in range(57)]
    assert (pixels[down][:, across] == levels).all()


def test_every_form_keeps_gaps_and_margins_transparent() -> None:
    values = VALUES.copy()
    values[:24, :24] = np.nan
    image = image_of(values)
    for step in STEPS:
        pixels, colours = coarse_pixels(image, step)
        assert (pixels[: image.size.height * 12 // 113, : image.size.width * 12 // 113] == len(colours)).all()
        assert (pixels[image.size.height :] == len(colours)).all()
        assert set(colours) <= set(image.colours)


def test_all_values_with_at_least_six_colours_come_before_blocks() -> None:
    whole = [step for step in STEPS if step.pooling == 1]
    assert STEPS[: len(whole)] == tuple(whole)
    for diverging, count in ((True, 17), (False, 16)):
        assert min(len(merged_levels(count, step.merging, diverging)[1]) for step in whole) >= 6


def test_a_value_is_whole_halves_of_a_sixel_band_high() -> None:
    for height in (20, 30, 45, 55):
        (area,) = heatmap(VALUES, 200, height, replace(DARK, cell_pixels=(9, 18), image_rows=3)).areas
        assert area.image is not None
        pixels = area.image.size.height // 113
        assert pixels < 3 or pixels % 3 == 0
