"""A grid over (x, y) in the 2-D Fourier basis: the map of its coefficients, and its energy by frequency."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.bars import bar_chart
from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.heatmap import Scale, heatmap
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.component_maps import component_reader

_BARS_WIDTH, _BARS_HEIGHT = 34, 8
_Array = NDArray[np.float64]
_Limits = tuple[float, float] | None


def draw_spectrum(
    spectrum: _Array,
    energy: _Array,
    keys: Collection[int],
    width: int,
    height: int,
    palette: Palette,
    *,
    scale: Scale | None = None,
    limits: _Limits = None,
) -> Drawing:
    """The coefficients [component_x, component_y] as a map, the energies [freq] as bars beside or below it.

    `scale` and `limits` are those of the map and of the bars; by default their own.
    """

    def drawn(columns: int, rows: int) -> Drawing:
        return heatmap(
            spectrum.T,
            columns,
            rows,
            palette,
            scale=scale,
            x_label="component of x",
            y_label="component of y",
            read=component_reader(spectrum),
        )

    if height < 14 and width < 70:
        return _bars(energy, keys, width, height, palette, limits)
    if width >= 2 * height + _BARS_WIDTH:
        bars = _bars(energy, keys, width - 2 * height - 8, height, palette, limits)
        return fit(beside(drawn(2 * height + 7, height), bars), width, height)
    bars_height = min(_BARS_HEIGHT, height // 3)
    bars = _bars(energy, keys, width, bars_height, palette, limits)
    return fit(above(drawn(width, height - bars_height), bars), width, height)


def _bars(energy: _Array, keys: Collection[int], width: int, height: int, palette: Palette, limits: _Limits) -> Drawing:
    labels = ("E_k, energy by frequency, keys lit", "E_k, energy, keys lit", "E_k")
    return bar_chart(
        energy,
        width,
        height,
        palette,
        first=1,
        x_label="frequency k",
        y_label=next((text for text in labels if len(text) <= width), labels[-1]),
        highlight=keys,
        y_range=limits,
    )


def spectrum_table(spectrum: _Array) -> Table:
    """The coefficients in long form."""
    values = spectrum.tolist()
    rows = tuple((i, j, value) for i, row in enumerate(values) for j, value in enumerate(row))
    return Table((Column("component_x"), Column("component_y"), Column("value", format=".4g")), rows, keys=2)
