"""A grid over (x, y) in the 2-D Fourier basis: a map of its coefficients and bars of its energy by frequency."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.render.target import key_frequency_targets
from grok_tui.views.shared.comparison_scales import Scaled
from grok_tui.views.shared.component_maps import component_reader
from grok_tui.views.shared.figure_labels import in_figure

_BARS_WIDTH, _BARS_HEIGHT = 34, 8
# Columns of a square map besides two for each row. An image takes whole pixels for a value: with room for the longest
# numbers of the scale it keeps its size from neuron to neuron.
_MAP_MARGIN, _IMAGE_MARGIN = 7, 12
_Array = NDArray[np.float64]
_Limits = tuple[float, float] | None


@dataclass(frozen=True, eq=False)
class GridSpectrum(Scaled):
    """The 2-D Fourier transform of a grid over (x, y)."""

    epoch: int
    keys: tuple[int, ...]
    spectrum: _Array  # [component_x, component_y]
    energy: _Array  # [freq], E_1 .. E_K


def draw_spectrum(answer: GridSpectrum, width: int, height: int, palette: Palette) -> Drawing:
    """The coefficients as a map, the energies as bars beside or below it; a small pane has the bars only."""

    def drawn(columns: int, rows: int) -> Drawing:
        drawing = heatmap(
            answer.spectrum.T,
            columns,
            rows,
            palette,
            scale=answer.scale("spectrum"),
            x_label="component of x",
            y_label="component of y",
            read=component_reader(answer.spectrum),
        )
        return in_figure(drawing, unit="coefficient")

    def bars(columns: int, rows: int) -> Drawing:
        return _bars(answer.energy, answer.keys, columns, rows, palette, answer.limits("energy"))

    if height < 14 and width < 70:
        return bars(width, height)
    if width >= 2 * height + _BARS_WIDTH:
        map_width = 2 * height + (_MAP_MARGIN if palette.cell_pixels is None else _IMAGE_MARGIN)
        return fit(beside(drawn(map_width, height), bars(width - map_width - 1, height)), width, height)
    bars_height = min(_BARS_HEIGHT, height // 3)
    return fit(above(drawn(width, height - bars_height), bars(width, bars_height)), width, height)


def _bars(energy: _Array, keys: Sequence[int], width: int, height: int, palette: Palette, limits: _Limits) -> Drawing:
    labels = ("E_k, energy by frequency, keys lit", "E_k, energy, keys lit", "E_k")
    drawing = bar_chart(
        energy,
        width,
        height,
        palette,
        targets=key_frequency_targets(range(1, len(energy) + 1), keys),
        first=1,
        x_label="frequency k",
        y_label=next((text for text in labels if len(text) <= width), labels[-1]),
        highlight=keys,
        colours={k: frequency_colour(k, keys) for k in keys},
        y_range=limits,
    )
    return in_figure(drawing, y_label="energy E_k")


def spectrum_table(answer: GridSpectrum) -> Table:
    """The coefficients, one row each."""
    values = answer.spectrum.tolist()
    rows = tuple((i, j, value) for i, row in enumerate(values) for j, value in enumerate(row))
    return Table((Column("component_x"), Column("component_y"), Column("value", format=".4g")), rows, keys=2)
