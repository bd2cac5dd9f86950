"""Maps, drawn by matplotlib: one rectangle for each value."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from grok_tui.export.figures.charts import set_linear_ticks, tick_count, tick_text
from grok_tui.export.figures.style import Ink
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.palette import luminance
from grok_tui.render.plots import MapPlot

_MOST_RECTANGLES = 60_000  # a larger map is embedded as an image, one pixel for each value
_Floats = NDArray[np.floating]


def draw_map(plot: MapPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """The values in their full resolution, row 0 at the top, and the scale beside them."""
    rows, columns = plot.values.shape
    x = np.arange(columns, dtype=float) if plot.x is None else np.asarray(plot.x, dtype=float)
    y = np.arange(rows, dtype=float) if plot.y is None else np.asarray(plot.y, dtype=float)
    scale, colours = plot.scale, ink.colour_map(plot.scale.diverging)
    high = scale.high if scale.high > scale.low else scale.low + 1.0
    mesh = axes.pcolormesh(
        _edges(x),
        _edges(y),
        np.ma.masked_invalid(plot.values),
        cmap=colours,
        norm=Normalize(scale.low, high),
        rasterized=plot.values.size > _MOST_RECTANGLES,
        linewidth=0,
        edgecolors="none",
        antialiased=False,
    )
    if plot.x is not None:
        axes.set_xlim(x[0], x[-1])
    axes.invert_yaxis()
    if plot.square:
        axes.set_aspect("equal", anchor="NW")
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    _ticks(plot, axes, ink, size)
    for row, column in plot.marks:
        axes.plot([x[column]], [y[row]], "+", color=_contrast(mesh.to_rgba(plot.values[row, column])), markersize=4)
    for epoch in plot.cursors:
        axes.axvline(epoch, color=ink.palette.accent, linewidth=0.7, linestyle=(0, (4, 2)))
    if plot.texts is not None:
        for (row, column), value in np.ndenumerate(plot.values):
            colour = ink.palette.foreground if np.isnan(value) else _contrast(mesh.to_rgba(value))
            text = typeset(plot.texts[row][column])
            axes.text(float(x[column]), float(y[row]), text, ha="center", va="center", color=colour, fontsize=ink.small)
    axes.set_xlabel(ink.broken(plot.x_label, 0.95 * size[0]))
    y_label = typeset(plot.y_label)
    if ink.width(y_label) <= (min(size) if plot.square else size[1]) - 4 * ink.font_size:
        axes.set_ylabel(y_label)
    else:
        axes.set_title(y_label, loc="left")
    if plot.legend:
        beside = axes.inset_axes((1.03, 0.0, 0.035 if plot.square else 0.02, 1.0), label="<colorbar>")
        bar = axes.figure.colorbar(mesh, cax=beside, format=FuncFormatter(tick_text))
        bar.outline.set_visible(False)
        bar.set_label(scale.unit)


def _edges(centres: _Floats) -> _Floats:
    """The ends of the cells around their centres: half-way between neighbours."""
    if len(centres) < 2:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    middles = (centres[1:] + centres[:-1]) / 2
    first, last = centres[0] - (middles[0] - centres[0]), centres[-1] + (centres[-1] - middles[-1])
    edges: _Floats = np.concatenate([[first], middles, [last]])
    return edges


def _ticks(plot: MapPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    rows, columns = plot.values.shape
    if plot.x_names is None:
        set_linear_ticks(axes.xaxis, tick_count(size[0], 4.5 * ink.small), whole=plot.x is None)
    if plot.y_names is None:
        set_linear_ticks(axes.yaxis, tick_count(size[1], 2.2 * ink.small), whole=plot.y is None)
    font = ink.font_size
    inside = max(size[0] - (9 if plot.legend else 4) * font, 3 * font), max(size[1] - 4 * font, 3 * font)
    side = min(inside) if plot.square else 0.0
    if plot.x_names is not None:
        room = ink.small * 1.15 * columns / (side or inside[0])
        wide = (
            max((ink.width(text, ink.small) for _, text in plot.x_names), default=0.0) * columns / (side or inside[0])
        )
        upright = _closest(plot.x_names) < wide
        merged = merge_names(plot.x_names, room) if upright else list(plot.x_names)
        axes.set_xticks([place for place, _ in merged], [text for _, text in merged], rotation=90 if upright else 0)
    if plot.y_names is not None:
        room = ink.small * 1.15 * rows / (side or inside[1])
        merged = merge_names(plot.y_names, room)
        axes.set_yticks([place for place, _ in merged], [text for _, text in merged])
        styles = dict(zip((text for _, text in plot.y_names), plot.y_styles, strict=False))
        for label in axes.get_yticklabels():
            if (style := styles.get(label.get_text())) is not None:
                label.set_color(style.fg or ink.palette.foreground)
                label.set_fontweight("bold" if style.bold else "normal")


def _closest(names: Sequence[tuple[int, str]]) -> float:
    places = sorted(place for place, _ in names)
    return min((b - a for a, b in pairwise(places)), default=np.inf)


def merge_names(names: Sequence[tuple[int, str]], room: float) -> list[tuple[float, str]]:
    """Ticks that are closer than `room` become one, with all their names.

    >>> merge_names([(27, "14"), (81, "41"), (83, "42")], 5.0)
    [(27.0, '14'), (82.0, '41, 42')]
    """
    merged: list[tuple[float, str]] = []
    for place, text in sorted(names):
        if merged and place - merged[-1][0] < room:
            merged[-1] = (merged[-1][0] + place) / 2, f"{merged[-1][1]}, {text}"
        else:
            merged.append((float(place), text))
    return merged


def _contrast(rgba: Sequence[float] | NDArray[np.floating]) -> str:
    """Black or white, whichever can be read on a colour."""
    colour = "#" + "".join(f"{round(255 * float(part)):02x}" for part in list(rgba)[:3])
    return "#000000" if luminance(colour) > 0.5 else "#ffffff"
