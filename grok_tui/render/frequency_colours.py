"""The colour of each key frequency: the same in every view, and of nothing else."""

from __future__ import annotations

from collections.abc import Sequence

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
