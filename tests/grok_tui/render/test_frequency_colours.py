"""Each key frequency has one colour, which no other curve has."""

from __future__ import annotations

import pytest

from grok_tui.render.frequency_colours import REST_COLOUR, frequency_colour, frequency_style
from grok_tui.render.palette import DARK, MONO, Palette, choose_palette
from grok_tui.render.ramps import GENERAL_SERIES

KEYS = (14, 35, 41, 42, 52)
PALETTES = [choose_palette(dark, depth) for dark in (True, False) for depth in ("truecolor", "256", "16")]


@pytest.mark.parametrize("palette", PALETTES, ids=lambda palette: f"{palette.name}-{palette.colours}")
def test_key_frequencies_differ_from_each_other_and_from_train_test_and_trig(palette: Palette) -> None:
    colours = [palette.series[frequency_colour(k, KEYS)] for k in KEYS]
    assert len({*colours, *palette.series[:4], palette.series[REST_COLOUR]}) == len(KEYS) + 5
    assert palette.background not in colours


def test_the_colour_does_not_depend_on_the_order_of_the_keys() -> None:
    assert [frequency_colour(k, KEYS) for k in KEYS] == [frequency_colour(k, KEYS[::-1]) for k in KEYS]
    assert frequency_colour(7, KEYS) == frequency_colour(None, KEYS) == REST_COLOUR
    many = range(1, 20)
    assert {frequency_colour(k, many) for k in many} == set(range(GENERAL_SERIES, len(DARK.series)))


def test_without_colour_a_key_frequency_is_bold() -> None:
    assert frequency_style(14, KEYS, MONO) == (None, None, True)
    assert frequency_style(7, KEYS, MONO) == (None, None, False)
