"""Each key frequency has one colour, which no other curve has."""

from __future__ import annotations

import pytest

from grok_tui.render.frequency_colours import (
    REST_COLOUR,
    changed_colours,
    colours_of_two_runs,
    frequency_colour,
    frequency_style,
    palette_of_second_run,
)
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


@pytest.mark.parametrize(("a", "b"), [((14, 35), (35, 41)), ((35, 41, 42), (14, 41)), ((2, 3), (4, 5, 6, 7))])
def test_in_a_comparison_each_frequency_has_a_colour_of_its_own_which_a_keeps(a, b) -> None:
    colours = colours_of_two_runs(a, b)
    assert set(colours) == {*a, *b}
    assert len(set(colours.values())) == len(colours)
    assert all(colours[k] == frequency_colour(k, a) for k in a)


def test_a_frequency_that_only_the_second_run_has_keeps_its_colour_if_it_is_free() -> None:
    assert colours_of_two_runs((14,), (14, 35))[35] == frequency_colour(35, (14, 35))
    assert colours_of_two_runs((35,), (14, 52))[52] == frequency_colour(52, (14, 52))


def test_the_palette_of_the_second_run_draws_its_frequencies_in_these_colours() -> None:
    a, b = (35, 41, 42), (14, 41)
    second = palette_of_second_run(DARK, changed_colours(a, b))
    for k in b:
        assert second.series[frequency_colour(k, b)] == DARK.series[colours_of_two_runs(a, b)[k]]
