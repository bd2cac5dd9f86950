"""A grid over (x, y) in the 2-D Fourier basis: the map of its coefficients, and its energy by frequency."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.bars import bar_chart
from grok_tui.render.cells import Drawing, Style, above, beside, fit
from grok_tui.render.heatmap import heatmap
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.component_maps import component_reader

_BARS_WIDTH, _BARS_HEIGHT = 34, 8
_Array = NDArray[np.float64]


def draw_spectrum(
    spectrum: _Array, energy: _Array, keys: Collection[int], width: int, height: int, palette: Palette
) -> Drawing:
    """The coefficients [component_x, component_y] as a map, the energies [freq] as bars beside or below it."""
    if height < 14 and width < 70:
        return _bars(energy, keys, width, height, palette)
    if width >= 2 * height + _BARS_WIDTH:
        bars = _bars(energy, keys, width - 2 * height - 8, height, palette)
        return fit(beside(_map(spectrum, 2 * height + 7, height, palette), bars), width, height)
    bars_height = min(_BARS_HEIGHT, height // 3)
    bars = _bars(energy, keys, width, bars_height, palette)
    return fit(above(_map(spectrum, width, height - bars_height, palette), bars), width, height)


def _map(spectrum: _Array, width: int, height: int, palette: Palette) -> Drawing:
    read = component_reader(spectrum)
    return heatmap(spectrum.T, width, height, palette, x_label="component of x", y_label="component of y", read=read)


def _bars(energy: _Array, keys: Collection[int], width: int, height: int, palette: Palette) -> Drawing:
    head = Drawing.of_lines(["energy by frequency, keys lit"], width, Style(fg=palette.muted))
    bars = bar_chart(
        energy,
        width,
        max(height - 1, 1),
        palette,
        first=1,
        x_label="frequency k",
        y_label="E_k",
        highlight=keys,
    )
    return fit(above(head, bars), width, height)


def spectrum_table(spectrum: _Array) -> Table:
    """The coefficients in long form."""
    values = spectrum.tolist()
    rows = tuple((i, j, value) for i, row in enumerate(values) for j, value in enumerate(row))
    return Table((Column("component_x"), Column("component_y"), Column("value", format=".4g")), rows)
