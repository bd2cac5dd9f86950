"""Bars over the Fourier components of functions of one token."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, fit
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.frequency_colours import frequency_colour
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.render.target import key_frequency_targets
from grok_tui.views.shared.component_maps import component_names
from grok_tui.views.shared.figure_labels import in_figure
from grok_tui.views.shared.stacked_panels import panel_rows, stacked, with_hidden

_X_LABELS = ("Fourier component (2k−1: cos k, 2k: sin k), keys lit", "component, keys lit", "component")
_FIGURE_LABEL = "Fourier component (2k−1: cos k, 2k: sin k)"


def draw_component_bars(
    names: Sequence[str],
    values: NDArray[np.float64],
    keys: Sequence[int],
    width: int,
    height: int,
    palette: Palette,
    *,
    chosen: int = 0,
    limits: tuple[float, float] | None = None,
) -> Drawing:
    """One panel for each line, all on one scale; only the `chosen` one, and how many more there are, if not all fit.

    `values` is [line, component]; `limits` overrides the scale.
    """
    n_components = values.shape[1]
    lit = {c: frequency_colour(k, keys) for k in keys for c in (2 * k - 1, 2 * k) if c < n_components}
    x_label = next((text for text in _X_LABELS if len(text) + 24 <= width), _X_LABELS[-1])
    rows = panel_rows(len(names), width, height) if len(names) > 1 else None
    span = limits or ((float(values.min()), float(values.max())) if rows is not None else None)

    def bars(line: int, rows: int, hidden: int = 0) -> Drawing:
        drawing = bar_chart(
            values[line],
            width,
            rows,
            palette,
            first=0,
            names=component_names(n_components),
            targets=key_frequency_targets(((c + 1) // 2 for c in range(n_components)), keys),
            x_label=x_label,
            y_label=with_hidden(lambda _: names[line], hidden, width),
            highlight=lit,
            colours=lit,
            y_range=span,
        )
        return in_figure(drawing, x_label=_FIGURE_LABEL)

    if rows is None:
        return bars(chosen, height, len(names) - 1)
    return fit(stacked([bars(line, rows + 2) for line in range(len(names))], rows, width), width, height)


def strongest(energy: NDArray[np.float64], count: int = 6) -> list[str]:
    """The names of the components with the most energy, in descending order. `energy` is [component]."""
    order = np.argsort(-energy, kind="stable")[:count]
    return [component_names(len(energy))[component] for component in order if energy[component] > 0]


def component_table(names: Sequence[str], values: NDArray[np.float64]) -> Table:
    """A row for each component, a column for each line. `values` is [line, component]."""
    component = component_names(values.shape[1])
    columns = (Column("component"), Column("name"), *(Column(name, format=".4g") for name in names))
    rows = tuple((index, component[index], *row) for index, row in enumerate(values.T.tolist()))
    return Table(columns, rows, keys=2)
