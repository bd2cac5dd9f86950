"""Curves and points over one x axis, in a frame with ticks, a legend and a cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Span, Style, clean, fit, put, tint_column
from grok_tui.render.charts.axis import DOTS_X, DOTS_Y, Axes, Axis, Floats, cell, dots, placed_ticks
from grok_tui.render.charts.bands import Band, band_spans, band_tints, named_bands
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.charts.canvas import Shades, Trace, cell_shades, styled
from grok_tui.render.charts.chart_readout import ChartReader
from grok_tui.render.charts.frame import Room, framed, header_line, room
from grok_tui.render.charts.plotext_canvas import PLOTEXT_MARKERS, draw_with_plotext
from grok_tui.render.charts.raster import rasterise
from grok_tui.render.charts.series import Points, Series, axes_around, points_of
from grok_tui.render.charts.traces import reduced_line, reduced_points
from grok_tui.render.palette import Palette, mix
from grok_tui.render.readout import ReadoutArea

__all__ = ["Axes", "Chart", "Series", "bar_chart", "line_chart"]
_NOWHERE = Axis(0.0, 1.0, False)


@dataclass(frozen=True)
class Chart:
    """A drawing, and where its plotting area lies in cells.

    `hidden` counts the points that cannot be shown: zero or less on a log axis (but for x = 0, which stands at its
    edge), or infinite. NaN is absent, not hidden.
    """

    drawing: Drawing
    hidden: int
    left: int = 0
    top: int = 0
    columns: int = 0
    rows: int = 0
    x_axis: Axis = _NOWHERE

    def column_of(self, x: float) -> int | None:
        """The drawing's column that shows x; None outside the plotting area."""
        if self.columns < 1:
            return None
        (share,) = self.x_axis.share(np.array([x]))
        if not -1e-9 <= share <= 1 + 1e-9:
            return None
        return self.left + cell(float(share), self.columns, DOTS_X)

    def with_mark(self, x: float, palette: Palette) -> Chart:
        """The chart with a quieter line at another x than the cursor's."""
        column = self.column_of(x)
        if column is None:
            return self
        style = palette.style(palette.foreground)
        drawing = tint_column(self.drawing, column, range(self.top, self.top + self.rows), palette.text("┊"), style)
        if self.top + self.rows + 1 < drawing.height:
            drawing = put(drawing, column, self.top + self.rows, palette.text("△"), style)
        return replace(self, drawing=drawing)

    def with_cursor(self, x: float, palette: Palette, label: str = "") -> Drawing:
        """The drawing with a vertical line at x and `label` below it, on the line of the ticks."""
        column = self.column_of(x)
        if column is None:
            return self.drawing
        accent = palette.style(palette.accent, bold=True)
        line = palette.style(palette.accent, mix(palette.background, palette.accent, 0.25))
        glyph = palette.text("│")
        drawing = tint_column(self.drawing, column, range(self.top, self.top + self.rows), glyph, line)
        ticks = self.top + self.rows + 1
        if ticks < drawing.height:
            drawing = put(drawing, column, ticks - 1, palette.text("▲"), accent)
            if label:
                text = f" {palette.text(clean(label))} "
                start = min(max(column - len(text) // 2, 0), max(drawing.width - len(text), 0))
                drawing = put(_without_cut_numbers(drawing, start, len(text), ticks), start, ticks, text, accent)
        return drawing


def line_chart(
    series: Sequence[Series],
    width: int,
    height: int,
    palette: Palette,
    *,
    x_label: str = "",
    y_label: str = "",
    axes: Axes = Axes(),  # noqa: B008 - frozen
    y_range: tuple[float, float] | None = None,
    bands: Sequence[Band] = (),
    still: bool = False,
) -> Chart:
    """The series at exactly width x height. NaN is a gap; `bands` are shaded (from, to, name) intervals.

    How many points the axes cannot show is said in the chart. `still` is for a chart that is kept while the
    selection moves: plotext draws it, more slowly.
    """
    width, height = max(width, 0), max(height, 0)
    x_label, y_label = palette.text(x_label), palette.text(y_label)
    points = [points_of(one, axes) for one in series]
    across, up = axes_around(series, points, axes, y_range)
    hidden = sum(one.hidden for one in points)
    y_count = max((height - 3) // 3, 3 if height >= 8 else 2)
    widest = max((len(tick.text) for tick in up.ticks(y_count)), default=1)
    note = f"{hidden:,} points off the {'log ' if axes.log_x or axes.log_y else ''}axis" if hidden else ""
    entries = _entries(series, palette)
    area = room(width, height, widest, bool(entries or y_label or note))
    if area.columns < 2 or area.rows < 1:
        return Chart(fit(Drawing(0, ()), width, height), hidden, area.left, area.top, x_axis=across)

    placed = [_placed(one, across, up, area) for one in points]
    apart = [(one.x == 0) & across.zero for one in points]
    spans = band_spans(bands, across, area.columns)
    canvas = _canvas(series, placed, apart, area, palette, still, band_tints(spans, area.columns, palette))
    canvas = named_bands(canvas, bands, spans, palette)
    reader = ChartReader(series, points, placed, across, area.columns, area.rows, x_label, y_label)
    over_epochs = reader.at if x_label == "epoch" else None
    canvas = replace(canvas, areas=(ReadoutArea(0, 0, area.columns, area.rows, reader.read, over_epochs),))
    drawing = framed(
        canvas,
        area,
        palette,
        y_ticks=placed_ticks(up, y_count, area.rows, DOTS_Y, flip=True),
        x_ticks=placed_ticks(across, min(max(area.columns // 11, 2), 8), area.columns, DOTS_X, flip=False),
        x_label=x_label,
        header=header_line(y_label, entries, width, palette, note),
    )
    return Chart(fit(drawing, width, height), hidden, area.left, area.top, area.columns, area.rows, across)


def _inks(series: Sequence[Series], palette: Palette) -> list[Style]:
    chosen = [index if one.colour is None else one.colour for index, one in enumerate(series)]
    inks = [palette.series[index % len(palette.series)] for index in chosen]
    dimmed = [mix(palette.background, ink, 0.6) if s.dim else ink for s, ink in zip(series, inks, strict=True)]
    return [palette.style(ink) for ink in dimmed]


def _entries(series: Sequence[Series], palette: Palette) -> list[Span]:
    """The legend: the named series, each with a sample of how it is drawn."""
    markers, entries = palette.series_markers(), []
    for index, (one, ink) in enumerate(zip(series, _inks(series, palette), strict=True)):
        marker = markers[index % len(markers)]
        sample = palette.text(("•" if one.kind == "points" else "━━") if len(marker) > 1 else marker)
        if one.name:
            entries.append(Span(f"{sample} {palette.text(clean(one.name))}", ink))
    return entries


def _placed(points: Points, across: Axis, up: Axis, area: Room) -> tuple[Floats, Floats]:
    """The points in dots from the left and from below; NaN for those that are not shown."""
    x = np.where(points.shown, points.x, np.nan)
    at_y = dots(up.share(points.y), area.rows * DOTS_Y)
    # A point far outside y_range must not make a canvas walk there dot by dot.
    at_y = np.clip(at_y, -area.rows * DOTS_Y, 2 * area.rows * DOTS_Y)
    return dots(across.share(x), area.columns * DOTS_X), at_y


def _canvas(
    series: Sequence[Series],
    placed: Sequence[tuple[Floats, Floats]],
    apart: Sequence[NDArray[np.bool_]],
    area: Room,
    palette: Palette,
    still: bool,
    behind: Sequence[str | None],
) -> Drawing:
    """The plotting area: dots in the colours of their series, or in those of their shades.

    No line leads on from a point that stands `apart`, at the place of 0 on a log axis: there is nothing between.
    """
    markers, inks = palette.series_markers(), _inks(series, palette)
    traces, styles, shades = [], [], []
    for index in sorted(range(len(series)), key=lambda index: not series[index].dim):
        one, (x, y) = series[index], placed[index]
        kept, broken = reduced_line(x, y) if one.kind == "line" else reduced_points(x, y)
        broken[1:] |= apart[index][kept][:-1]
        traces.append(Trace(x[kept], y[kept], broken, one.kind == "line", markers[index % len(markers)]))
        styles.append(inks[index])
        shades.append(_shades(one, x, y, area, palette))
    # Where two curves share a cell, plotext keeps the dots of one: a curve would seem to end.
    draw = draw_with_plotext if still and len(traces) == 1 and palette.markers in PLOTEXT_MARKERS else rasterise
    return styled(draw(traces, area.columns, area.rows), styles, behind, shades)


def _shades(one: Series, x: Floats, y: Floats, area: Room, palette: Palette) -> Shades:
    """Each cell's step of the palette's ramp; the lowest are the background's, and a point must be seen."""
    if one.shade is None or not palette.colour:
        return None
    ramp = palette.sequential[3:]
    strongest = cell_shades(np.asarray(one.shade, dtype=float).ravel(), x, y, area.rows, area.columns)
    steps = np.minimum((strongest * len(ramp)).astype(np.intp), len(ramp) - 1)
    return steps, [palette.style(colour) for colour in ramp]


def _without_cut_numbers(drawing: Drawing, start: int, length: int, row: int) -> Drawing:
    """Blanks every number that a label at those cells would cut in two: half a number is a wrong number."""
    text = "".join(run.text for run in drawing.lines[row])
    for match in re.finditer(r"\S+", text):
        if match.start() < start + length and match.end() > start:
            drawing = put(drawing, match.start(), row, " " * len(match.group()))
    return drawing
