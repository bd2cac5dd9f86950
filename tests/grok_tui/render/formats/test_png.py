"""PNG files, decoded by their definition."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.render.formats.png import indexed_png
from tests.grok_tui.kitty_screen import decode_png

COLOURS = ("#102030", "#ff0000", "#00ff7f")


@pytest.mark.parametrize("shape", [(1, 1), (7, 3), (40, 57)])
def test_a_png_has_the_pixels_and_is_transparent_behind_the_colours(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).integers(0, 4, shape).astype(np.uint8)
    pixels[1::2] = pixels[: shape[0] - 1 : 2]  # rows that are equal to the one above
    expected = np.array([*COLOURS, ""])[pixels]
    assert (decode_png(indexed_png(pixels, COLOURS)).pixels == expected).all()
