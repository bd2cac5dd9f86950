"""Maps, drawn by matplotlib: one rectangle for each value."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from grok_tui.export.figures.charts import draw_cursor, set_linear_ticks, tick_count, tick_text
from grok_tui.export.figures.style import Ink, text_width
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.palette import luminance
from grok_tui.render.plots import MapPlot

_MOST_RECTANGLES = 60_000  # a larger map is embedded as an image, one pixel for each value
_LEAST_PEAK = 2.0  # points: the least side of a value that stands out
_PEAK, _MOST_PEAKS = 0.1, 0.02  # it is at least this share of the scale, and of the values at most this share are such
_Floats = NDArray[np.floating]


def draw_map(plot: MapPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """The values in their full resolution, row 0 at the top, and the scale beside them.

    `size` is the estimated one of the axes in points.
    """
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
        draw_cursor(epoch, axes, ink)
    if plot.texts is not None:
        font_size = min(ink.small, 0.95 * _side(plot, size) / max(widest_text(plot), 1.0))
        for (row, column), value in np.ndenumerate(plot.values):
            colour = ink.palette.foreground if np.isnan(value) else _contrast(mesh.to_rgba(value))
            text = typeset(plot.texts[row][column])
            axes.text(float(x[column]), float(y[row]), text, ha="center", va="center", color=colour, fontsize=font_size)
    axes.set_xlabel(ink.broken(plot.x_label, size[0]))
    y_label = typeset(plot.y_label)
    if ink.width(y_label) <= (min(size) if plot.square else size[1]):
        axes.set_ylabel(y_label)
    else:
        axes.set_title(y_label, loc="left")
    if plot.legend:
        beside = axes.inset_axes((1.03, 0.0, 0.035 if plot.square else 0.02, 1.0), label="<colorbar>")
        bar = axes.figure.colorbar(mesh, cax=beside, format=FuncFormatter(tick_text))
        bar.outline.set_visible(False)
        bar.set_label(scale.unit)


def widest_text(plot: MapPlot) -> float:
    """The width of the widest text in a cell, in font sizes; 0 without texts."""
    return max((text_width(typeset(text)) for texts in plot.texts or () for text in texts), default=0.0)


def _side(plot: MapPlot, size: tuple[float, float]) -> float:
    """The estimated width of a cell in points."""
    return (min(size) if plot.square else size[0]) / len(plot.values[0])


def enlarge_peaks(plot: MapPlot, axes: Axes) -> None:
    """Draw the few large values of a map of small cells as squares that can be seen, in their colours.

    Needs the axes in their place.
    """
    rows, columns = plot.values.shape
    box = axes.get_window_extent()
    cell = min(box.width / columns, box.height / rows) * 72 / axes.figure.dpi
    peaks = peaks_of(plot) if cell < _LEAST_PEAK and plot.x is None and plot.y is None else []
    if not peaks:
        return
    (mesh,) = axes.collections[:1]
    axes.scatter(
        [column for _, column in peaks], [row for row, _ in peaks], s=_LEAST_PEAK**2, marker="s", linewidths=0,
        c=[mesh.to_rgba(plot.values[place]) for place in peaks], clip_on=False, zorder=3,
    )  # fmt: skip


def peaks_of(plot: MapPlot) -> list[tuple[int, int]]:
    """The (row, column) of the values that stand out, the largest last; none where they are many."""
    scale = plot.scale
    size = np.nan_to_num(np.abs(plot.values - (0.0 if scale.diverging else scale.low)))
    large = np.argwhere(size >= _PEAK * (scale.high - (0.0 if scale.diverging else scale.low)))
    if len(large) > _MOST_PEAKS * size.size:
        return []
    return sorted(((int(row), int(column)) for row, column in large), key=lambda place: float(size[place]))


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
    width, height = (min(size),) * 2 if plot.square else size
    if plot.x_names is not None:
        room = ink.small * 1.15 * columns / width
        wide = max((ink.width(text, ink.small) for _, text in plot.x_names), default=0.0) * columns / width
        upright = _closest(plot.x_names) < wide
        merged = merge_names(plot.x_names, room) if upright else list(plot.x_names)
        axes.set_xticks([place for place, _ in merged], [text for _, text in merged], rotation=90 if upright else 0)
    if plot.y_names is not None:
        room = ink.small * 1.15 * rows / height
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
    """Ticks that are closer than `room` become one, with their names, or of many the first and the last.

    >>> merge_names([(27, "14"), (81, "41"), (83, "42")], 5.0)
    [(27.0, '14'), (82.0, '41, 42')]
    >>> merge_names([(k, str(k)) for k in range(9)], 5.0)
    [(4.0, '0 … 8')]
    """
    merged: list[tuple[list[int], list[str]]] = []
    for place, text in sorted(names):
        if merged and place - (merged[-1][0][0] + merged[-1][0][-1]) / 2 < room:
            merged[-1][0].append(place)
            merged[-1][1].append(text)
        else:
            merged.append(([place], [text]))
    return [
        ((places[0] + places[-1]) / 2, ", ".join(texts) if len(texts) < 4 else f"{texts[0]} … {texts[-1]}")
        for places, texts in merged
    ]


def _contrast(rgba: Sequence[float] | NDArray[np.floating]) -> str:
    """Black or white, whichever can be read on a colour."""
    colour = "#" + "".join(f"{round(255 * float(part)):02x}" for part in list(rgba)[:3])
    return "#000000" if luminance(colour) > 0.5 else "#ffffff"
