"""The figures of a page as JSON: the plots of a drawing, in rows and columns. The page's script draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import singledispatch

import numpy as np

from grok_tui.export.figures.layout import BLANK, Part, arrange, shares
from grok_tui.export.page.arrays import ArrayPool, Json, number
from grok_tui.render.cell_text import from_cells
from grok_tui.render.cells import Drawing, Style
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.bands import BAND_COLOURS
from grok_tui.render.charts.series import Series
from grok_tui.render.palette import Palette, choose_palette
from grok_tui.render.plots import (
    BarPlot,
    IntervalPlot,
    LinePlot,
    MapPlot,
    PlacedPlot,
    Plot,
    RatioPlot,
    TablePlot,
    TextPlot,
)
from grok_tui.render.ramps import GENERAL_SERIES
from grok_tui.render.table import is_numeric, text_of

LAYOUT = (120, 40)  # columns and rows of cells that decide which parts a figure has, and their proportions
PALETTE = choose_palette(False)  # the drawings have its colours; the page has those of its own theme in their place
_MOST_POINTS = 1_600  # of a curve
_MOST_EXACT = 1_024  # values of a map that are not rounded to 255 levels
_MOST_ROWS = 200


def figure_json(drawing: Drawing, pool: ArrayPool) -> Json:
    """The plots of a drawing as nested rows and columns; None if it has none."""
    return _part_json(arrange(drawing.plots), pool) if drawing.plots else None


def _part_json(part: Part, pool: ArrayPool) -> Json:
    if isinstance(part, PlacedPlot):
        if part.plot is BLANK:
            return {"plot": None}
        return {"plot": pool.share(plot_json(part.plot, pool)), "rows": part.height, "cropped": part.cropped}
    parts = [_part_json(inner, pool) for inner in part.parts]
    if part.direction == "down":
        return {"down": parts}
    return {"across": parts, "shares": [round(share, 4) for share in shares(part)]}


@singledispatch
def plot_json(plot: Plot, pool: ArrayPool) -> Json:
    """One plot as JSON; colours are indices into the series of a palette, or the names of its other colours.

    Raises:
        NotImplementedError: the page cannot draw such a plot.
    """
    raise NotImplementedError(f"A page cannot draw {type(plot).__name__}.")


@plot_json.register
def _(plot: LinePlot, pool: ArrayPool) -> Json:
    return {
        "type": "lines",
        "series": [_series_json(series, index, pool) for index, series in enumerate(plot.series)],
        "x": _axis_json(plot.x_axis),
        "y": _axis_json(plot.y_axis),
        "xLabel": from_cells(plot.x_label),
        "yLabel": from_cells(plot.y_label),
        "xNames": None if plot.x_names is None else list(plot.x_names),
        "bands": [[number(low), number(high), name, BAND_COLOURS.get(name)] for low, high, name in plot.bands],
        "fills": [
            {"x": pool.add(fill.x), "low": pool.add(fill.low), "high": pool.add(fill.high), "colour": fill.colour}
            for fill in plot.fills
        ],
        "cursors": [[number(x), label] for x, label in plot.cursors],
        "marks": [number(x) for x in plot.marks],
    }


def _series_json(series: Series, index: int, pool: ArrayPool) -> Json:
    x, y = (np.asarray(values, dtype=float).ravel() for values in (series.x, series.y))
    kept = _thinned(x, y) if series.kind == "line" else np.arange(len(x))
    found = {
        "name": from_cells(series.label or series.name),
        "x": pool.add(x[kept]),
        "y": pool.add(y[kept]),
        "colour": index % GENERAL_SERIES if series.colour is None else series.colour,
        "points": series.kind == "points",
        "dim": series.dim,
        "emphasised": series.emphasised,
    }
    if series.shade is not None:
        found |= {"shade": pool.add(np.asarray(series.shade, dtype=float)), "shadeLabel": series.shade_label}
    return found


def _thinned(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The indices of the points to keep: of each of many equal parts the first, last, lowest and highest."""
    if len(x) <= _MOST_POINTS:
        return np.arange(len(x))
    kept = set()
    for part in np.array_split(np.arange(len(x)), _MOST_POINTS // 4):
        kept |= {part[0], part[-1]}
        finite = part[np.isfinite(y[part])]
        if len(finite):
            kept |= {finite[y[finite].argmin()], finite[y[finite].argmax()]}
        kept |= set(part[~np.isfinite(y[part])][:1])  # a gap stays one
    return np.array(sorted(kept))


def _axis_json(axis: Axis) -> Json:
    return {"low": number(axis.low), "high": number(axis.high), "log": axis.log, "zero": axis.zero}


@plot_json.register
def _(plot: BarPlot, pool: ArrayPool) -> Json:
    return {
        "type": "bars",
        "values": pool.add(np.asarray(plot.values, dtype=float)),
        "limits": [number(limit) for limit in plot.limits],
        "first": plot.first,
        "labels": None if plot.labels is None else list(plot.labels),
        "names": list(plot.names),
        "xLabel": from_cells(plot.x_label),
        "yLabel": from_cells(plot.y_label),
        "colours": {str(bar): "accent" if colour is None else colour for bar, colour in plot.colours.items()},
    }


@plot_json.register
def _(plot: MapPlot, pool: ArrayPool) -> Json:
    rows, columns = plot.values.shape
    scale = plot.scale
    exact = plot.values.size <= _MOST_EXACT
    values = pool.add(plot.values) if exact else pool.add_levels(plot.values, scale.low, scale.high)
    return {
        "type": "map",
        "rows": rows,
        "columns": columns,
        "values": values,
        "levels": not exact,
        "scale": {"low": number(scale.low), "high": number(scale.high), "diverging": scale.diverging},
        "unit": from_cells(scale.unit),
        "xLabel": from_cells(plot.x_label),
        "yLabel": from_cells(plot.y_label),
        "x": None if plot.x is None else pool.add(plot.x),
        "y": None if plot.y is None else pool.add(plot.y),
        "xNames": _names_json(plot.x_names),
        "yNames": _names_json(plot.y_names),
        "yColours": [_colour(style) for style in plot.y_styles],
        "marks": [list(mark) for mark in plot.marks],
        "texts": None if plot.texts is None else [list(map(from_cells, row)) for row in plot.texts],
        "legend": plot.legend,
        "cursors": [number(x) for x in plot.cursors],
    }


def _names_json(names: Sequence[tuple[int, str]] | None) -> Json:
    return None if names is None else [[place, from_cells(text)] for place, text in names]


@plot_json.register
def _(plot: TablePlot, pool: ArrayPool) -> Json:
    table = plot.table
    rows = table.rows[:_MOST_ROWS]
    return {
        "type": "table",
        "columns": [from_cells(column.title or column.name) for column in table.columns],
        "numeric": [is_numeric(table.rows, index) for index in range(len(table.columns))],
        "rows": [[from_cells(text_of(v, c)) for v, c in zip(row, table.columns, strict=True)] for row in rows],
        "more": len(table.rows) - len(rows),
        "colours": [_colour(style) for style in plot.styles[: len(rows)]],
    }


@plot_json.register
def _(plot: TextPlot, pool: ArrayPool) -> Json:
    return {"type": "text", "text": from_cells(plot.text), "heading": plot.heading}


@plot_json.register
def _(plot: IntervalPlot, pool: ArrayPool) -> Json:
    return {
        "type": "intervals",
        "names": list(map(from_cells, plot.names)),
        "centre": pool.add(plot.centre),
        "inner": [pool.add(end) for end in plot.inner],
        "outer": [pool.add(end) for end in plot.outer],
        "colours": list(plot.colours),
        "xLabel": from_cells(plot.x_label),
    }


@plot_json.register
def _(plot: RatioPlot, pool: ArrayPool) -> Json:
    return {
        "type": "ratios",
        "names": list(map(from_cells, plot.names)),
        "ratios": [None if ratio is None else number(ratio) for ratio in plot.ratios],
        "xLabel": from_cells(plot.x_label),
    }


def _colour(style: Style) -> Json:
    """The colour of a style as an index into the series, or the name of another colour of the palette."""
    named: list[tuple[str, Callable[[Palette], str]]] = [
        ("muted", lambda palette: palette.muted),
        ("accent", lambda palette: palette.accent),
        ("warning", lambda palette: palette.warning),
    ]
    if style.fg in PALETTE.series:
        return PALETTE.series.index(style.fg)
    return next((name for name, colour in named if colour(PALETTE) == style.fg), "foreground")
