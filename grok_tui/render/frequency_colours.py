"""The colour of each key frequency: the same in every view, and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grok_tui.render.cells import Style
from grok_tui.render.palette import Palette
from grok_tui.render.ramps import DARK_SERIES, GENERAL_SERIES

_COUNT = len(DARK_SERIES) - GENERAL_SERIES
REST_COLOUR = 7  # of what belongs to no key frequency: grey


def frequency_colour(k: int | None, keys: Sequence[int]) -> int:
    """The index into a palette's series of the colour of frequency k; grey if k is not a key frequency.

    The colours follow the order of the key frequencies and repeat after the sixth.

    >>> frequency_colour(14, (14, 35)), frequency_colour(35, (14, 35)), frequency_colour(7, (14, 35))
    (8, 9, 7)
    """
    if k is None or k not in keys:
        return REST_COLOUR
    return GENERAL_SERIES + sorted(keys).index(k) % _COUNT


def frequency_style(k: int | None, keys: Sequence[int], palette: Palette) -> Style:
    """The style of a text or a bar of frequency k: its colour, bold for a key frequency."""
    return palette.style(palette.series[frequency_colour(k, keys)], bold=k is not None and k in keys)


def colours_of_two_runs(a: Sequence[int], b: Sequence[int]) -> Mapping[int, int]:
    """The index of the colour of each key frequency of two runs: those of a as alone, then those that only b has.

    >>> colours_of_two_runs((2, 3), (3, 8))
    {2: 8, 3: 9, 8: 10}
    """
    only_b = [k for k in sorted(b) if k not in a]
    return {k: GENERAL_SERIES + index % _COUNT for index, k in enumerate([*sorted(a), *only_b])}


def palette_of_second_run(palette: Palette, a: Sequence[int], b: Sequence[int]) -> Palette:
    """The palette for drawings of run b beside those of run a: a frequency has the same colour in both."""
    series, colours = list(palette.series), colours_of_two_runs(a, b)
    for k in sorted(b)[:_COUNT]:
        series[frequency_colour(k, b)] = palette.series[colours[k]]
    return replace(palette, series=tuple(series))
