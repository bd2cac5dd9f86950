"""Pixels that are encoded as Sixel are those that an independent decoder reads."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from grok_tui.render.ramps import DARK_RAMPS
from grok_tui.terminal.sixel import sixel_runs, sixel_text
from tests.grok_tui.sixel_screen import NOTHING, colour_of, decode_sixel

RAMP = DARK_RAMPS["truecolor"].diverging


def random_pixels(seed: int) -> NDArray[np.uint8]:
    """Pixels of a random size, number of colours and share without a colour, in blocks of a random size."""
    random = np.random.default_rng(seed)
    count = int(random.integers(1, len(RAMP) + 1))
    rows, columns = random.integers(1, 40, 2)
    values = random.integers(0, count, (rows, columns))
    values[random.random((rows, columns)) < random.choice([0, 0.1, 0.9])] = random.choice([count, 255])
    down, across = random.integers(1, 9, 2)
    return values.repeat(down, axis=0).repeat(across, axis=1).astype(np.uint8)


@pytest.mark.parametrize("seed", range(60))
def test_decoded_pixels_are_the_encoded_ones(seed: int) -> None:
    pixels = random_pixels(seed)
    count = len(RAMP) if seed % 3 else 3  # levels from `count` on are not painted
    text = sixel_text(sixel_runs(pixels, count), RAMP, (pixels.shape[0], pixels.shape[1]))
    colours = np.array([colour_of(colour) for colour in RAMP])
    expected = np.where(pixels < count, colours[np.minimum(pixels, len(RAMP) - 1)], NOTHING)
    if (expected == NOTHING).all():
        assert text == ""
        return
    decoded = decode_sixel(text)
    assert decoded.transparent
    assert (decoded.pixels == expected).all()
    assert len(decoded.registers) == len(np.unique(pixels[pixels < count]))


@pytest.mark.parametrize("seed", range(10))
def test_the_size_is_known_before_the_text(seed: int) -> None:
    pixels = random_pixels(seed)
    runs = sixel_runs(pixels, len(RAMP))
    text = sixel_text(runs, RAMP, (pixels.shape[0], pixels.shape[1]))
    body = text.rpartition("#0;2;")[2].partition("#")[2] if ";2;" in text else ""
    assert abs(runs.size - len(body)) <= 20 + 20 * len(runs.levels)


def test_the_colours_of_the_ramps_stay_distinct_in_per_cent() -> None:
    for ramps in (DARK_RAMPS["truecolor"], DARK_RAMPS["256"]):
        for ramp in ramps:
            assert len({colour_of(colour) for colour in ramp}) == len(ramp)


def test_long_runs_and_covered_pixels_take_few_bytes() -> None:
    """One colour over all, then a rectangle of another one: the first is painted below it in one run a band."""
    pixels = np.zeros((12, 600), dtype=np.uint8)
    pixels[:, 200:300] = 1
    text = sixel_text(sixel_runs(pixels, 2), RAMP, (12, 600))
    assert text.endswith("#0!600~$#1!200?!100~-#0!600~$#1!200?!100~\x1b\\")
    assert text.startswith('\x1bP0;1q"1;1;600;12#0;2;')
