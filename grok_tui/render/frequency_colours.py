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
    """The index of the colour of each key frequency of two runs.

    Those of a have their colours. One that only b has keeps its own too, or has the first that is still free.

    >>> colours_of_two_runs((2, 3), (3, 8)), colours_of_two_runs((3,), (2, 8))
    ({2: 8, 3: 9, 8: 10}, {3: 8, 2: 10, 8: 9})
    """
    colours = {k: frequency_colour(k, a) for k in sorted(a)}
    only_b = [k for k in sorted(b) if k not in colours]
    kept = {k: own for k in only_b if (own := frequency_colour(k, b)) not in colours.values()}
    free = [c for c in range(GENERAL_SERIES, GENERAL_SERIES + _COUNT) if c not in {*colours.values(), *kept.values()}]
    others = (k for k in only_b if k not in kept)
    moved = {k: free[index] if index < len(free) else frequency_colour(k, b) for index, k in enumerate(others)}
    return {**colours, **{k: kept[k] if k in kept else moved[k] for k in only_b}}


def changed_colours(a: Sequence[int], b: Sequence[int]) -> Mapping[int, int]:
    """For drawings of run b beside those of run a: by the index of a colour of b the one to use instead.

    A frequency then has the same colour in both.

    >>> changed_colours((2, 3), (3, 8))
    {8: 9, 9: 10}
    """
    colours = colours_of_two_runs(a, b)
    return {frequency_colour(k, b): colours[k] for k in sorted(b)[:_COUNT]}


def palette_of_second_run(palette: Palette, changed: Mapping[int, int]) -> Palette:
    """The palette for drawings of a second run in cells, with its colours changed."""
    if not changed:
        return palette
    series = list(palette.series)
    for index, other in changed.items():
        series[index] = palette.series[other]
    return replace(palette, series=tuple(series))
