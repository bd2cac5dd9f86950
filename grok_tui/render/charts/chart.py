"""Charts of curves and points over one x axis, in a frame with ticks, a legend and a cursor."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cell_text import to_cells
from grok_tui.render.cells import Drawing, Span, Style, fit, put, tint_column
from grok_tui.render.charts.axis import DOTS_X, DOTS_Y, Axes, Axis, Floats, tick_choices, to_cell, to_dots
from grok_tui.render.charts.bands import Band, band_backgrounds, band_columns, label_bands
from grok_tui.render.charts.canvas import Area, Shades, Trace, cell_shades, colour_canvas
from grok_tui.render.charts.chart_readout import ChartReader
from grok_tui.render.charts.end_labels import label_columns, with_end_labels
from grok_tui.render.charts.fills import fill_area
from grok_tui.render.charts.frame import PlotArea, draw_frame, header_line, legend_fits, plot_area
from grok_tui.render.charts.joint_legend import joint_legend
from grok_tui.render.charts.plotext_canvas import PLOTEXT_MARKERS, draw_with_plotext
from grok_tui.render.charts.raster import rasterise
from grok_tui.render.charts.series import Fill, Points, Series, fit_axes, points_of
from grok_tui.render.charts.tick_rows import fit_rows
from grok_tui.render.charts.traces import reduce_line, reduce_points
from grok_tui.render.palette import Palette, mix
from grok_tui.render.plots import LinePlot
from grok_tui.render.ramps import GENERAL_SERIES
from grok_tui.render.readout import ReadoutArea

__all__ = ["Axes", "Chart", "Fill", "Series", "line_chart"]
_WIDE = 90  # columns from which curves over epochs have labels at their ends
_EMPTY_AXIS = Axis(0.0, 1.0, False)
_EMPTY_PLOT = LinePlot((), _EMPTY_AXIS, _EMPTY_AXIS)


@dataclass(frozen=True)
class Chart:
    """A drawing, and the position of its plotting area in cells.

    `hidden` counts the points that the axes cannot show: zero or less on a log axis (except x = 0, which is shown at
    its low end), or infinite. NaN is a gap, not hidden.
    """

    drawing: Drawing
    hidden: int
    left: int = 0
    top: int = 0
    columns: int = 0
    rows: int = 0
    x_axis: Axis = _EMPTY_AXIS
    plot: LinePlot = _EMPTY_PLOT
    y_axis: Axis = _EMPTY_AXIS

    def with_point(self, x: float, y: float, mark: str, style: Style) -> Chart:
        """The chart with a mark in the cell of a point; unchanged if the point is outside the plotting area."""
        column, (up,) = self.column_of(x), self.y_axis.fraction(np.array([y]))
        if column is None or not 0 <= up <= 1:
            return self
        row = self.top + self.rows - 1 - to_cell(float(up), self.rows, DOTS_Y)
        return replace(self, drawing=put(self.drawing, column, row, mark, style))

    def column_of(self, x: float) -> int | None:
        """The drawing's column that shows x; None outside the plotting area."""
        if self.columns < 1:
            return None
        (fraction,) = self.x_axis.fraction(np.array([x]))
        if not -1e-9 <= fraction <= 1 + 1e-9:
            return None
        return self.left + to_cell(float(fraction), self.columns, DOTS_X)

    def with_mark(self, x: float, palette: Palette) -> Chart:
        """The chart with a dotted vertical line at x, less prominent than the cursor."""
        column = self.column_of(x)
        if column is None:
            return self
        plot = replace(self.plot, marks=(*self.plot.marks, x))
        style = palette.style(palette.foreground)
        drawing = tint_column(self.drawing, column, range(self.top, self.top + self.rows), palette.text("┊"), style)
        if self.top + self.rows + 1 < drawing.height:
            drawing = put(drawing, column, self.top + self.rows, palette.text("△"), style)
        return replace(self, drawing=drawing.showing(plot), plot=plot)

    def with_cursor(self, x: float, palette: Palette, label: str = "") -> Drawing:
        """The drawing with a vertical line at x and `label` below it, on the line of the tick texts."""
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
                text = f" {palette.text(to_cells(label))} "
                start = min(max(column - len(text) // 2, self.left - 1), drawing.width - len(text))
                start = max(start, 0)
                drawing = put(_blank_overlapped_numbers(drawing, start, len(text), ticks), start, ticks, text, accent)
        return drawing.showing(replace(self.plot, cursors=(*self.plot.cursors, (x, label))))


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
    x_names: Sequence[str] | None = None,
    bands: Sequence[Band] = (),
    fills: Sequence[Fill] = (),
    static: bool = False,
) -> Chart:
    """Draw the series at exactly width x height. NaN is a gap; `bands` are shaded (from, to, name) intervals.

    `fills` are tinted areas between two curves; a palette with few colours leaves them out.

    `x_names` are the texts of the ticks at x = 0, 1, ...; by default the numbers.

    The names of several curves over epochs are at their right ends if the chart is wide or its legend would be cut.

    A note in the header counts the points that the axes cannot show. Pass `static` for a chart that is cached while the
    selection moves: plotext may draw it, which is slower.
    """
    width, height = max(width, 0), max(height, 0)
    points = [points_of(s, axes) for s in series]
    x_axis, y_axis = fit_axes(series, points, axes, y_range)
    plot = LinePlot(series, x_axis, y_axis, x_label, y_label, x_names, bands, fills)
    x_label, y_label = palette.text(x_label), palette.text(y_label)
    hidden = sum(p.hidden for p in points)
    note = f"{hidden:,} points off the {'log ' if axes.log_x or axes.log_y else ''}axis" if hidden else ""
    legend = _legend(series, palette)
    if not legend_fits(y_label, legend, width, note):
        legend = _legend(series, palette, short=True)
    header = bool(legend or y_label or note)
    rows = plot_area(width, height, 1, header).rows
    y_axis, y_ticks = fit_rows(y_axis, rows, max((height - 3) // 3, 3 if height >= 8 else 2))
    area = plot_area(width, height, max((len(text) for _, text in y_ticks), default=1), header)
    ends = _columns_of_end_labels(series, legend, area, width, x_label, legend_fits(y_label, legend, width, note))
    if not ends and not legend_fits(y_label, legend, width, note) and len(palette.series_markers()) == 1:
        legend = joint_legend(series, legend, _styles(series, palette), palette.style(palette.muted))
    area = replace(area, columns=max(area.columns - ends, 0))
    if area.columns < 2 or area.rows < 1:
        blank = fit(Drawing(0, ()), width, height).showing(plot)
        return Chart(blank, hidden, area.left, area.top, x_axis=x_axis, plot=plot)

    dots = [_point_dots(p, x_axis, y_axis, area) for p in points]
    at_log_zero = [(p.x == 0) & x_axis.zero for p in points]
    ranges = band_columns(bands, x_axis, area.columns)
    backgrounds = band_backgrounds(bands, ranges, area.columns, palette)
    areas = [fill_area(fill, x_axis, y_axis, area.columns, area.rows, palette) for fill in fills if palette.tints]
    canvas = _draw_series(series, dots, at_log_zero, area, palette, static, backgrounds, areas)
    canvas = label_bands(canvas, bands, ranges, palette)
    reader = ChartReader(series, points, dots, x_axis, area.columns, area.rows, x_label, y_label)
    read_epoch = reader.read_epoch if reader.selects_epochs else None
    canvas = replace(canvas, areas=(ReadoutArea(0, 0, area.columns, area.rows, reader.read, read_epoch),))
    x_count = min(max(area.columns // 11, 3), 8)
    drawing = draw_frame(
        canvas,
        area,
        palette,
        y_ticks=y_ticks,
        x_choices=tick_choices(x_axis, x_count, area.columns, x_names),
        x_label=x_label,
        width=width,
        header=header_line(y_label, () if ends else legend, width, palette, note),
    )
    drawing = fit(drawing, width, height).showing(plot)
    if ends:
        drawing = with_end_labels(drawing, legend, dots, area.left + area.columns + 1, area.top, area.rows)
    return Chart(drawing, hidden, area.left, area.top, area.columns, area.rows, x_axis, plot, y_axis)


def _columns_of_end_labels(
    series: Sequence[Series], legend: Sequence[Span], area: PlotArea, width: int, x_label: str, fits: bool
) -> int:
    """Columns for labels at the ends of curves over epochs: in a wide chart, or where the legend would be cut."""
    curves = all(s.kind == "line" and (s.label or s.name) for s in series)
    if x_label != "epoch" or not curves or len(series) < 2 or not area.axes or (fits and width < _WIDE):
        return 0
    return label_columns(legend, width, area.rows)


def _styles(series: Sequence[Series], palette: Palette) -> list[Style]:
    """The style of each series: its colour of the palette, mixed with the background if the series is dim."""
    indices = [index % GENERAL_SERIES if s.colour is None else s.colour for index, s in enumerate(series)]
    colours = [palette.series[index % len(palette.series)] for index in indices]
    dimmed = [mix(palette.background, c, 0.6) if s.dim else c for s, c in zip(series, colours, strict=True)]
    inks = [palette.foreground if s.emphasised else colour for s, colour in zip(series, dimmed, strict=True)]
    return [palette.style(ink, bold=s.emphasised) for s, ink in zip(series, inks, strict=True)]


def _legend(series: Sequence[Series], palette: Palette, *, short: bool = False) -> list[Span]:
    """The entries of the named series, each with a sample of its marker, which is one cell if `short`."""
    markers, entries = palette.series_markers(), []
    for index, (s, style) in enumerate(zip(series, _styles(series, palette), strict=True)):
        marker = markers[index % len(markers)]
        sample = palette.text(("•" if s.kind == "points" else "━" if short else "━━") if len(marker) > 1 else marker)
        if name := s.label or s.name:
            entries.append(Span(f"{sample} {palette.text(to_cells(name))}", style))
    return entries


def _point_dots(points: Points, x_axis: Axis, y_axis: Axis, area: PlotArea) -> tuple[Floats, Floats]:
    """The points in dots from the left and from below; NaN for points that the axes cannot show."""
    x = np.where(points.shown, points.x, np.nan)
    y_dots = to_dots(y_axis.fraction(points.y), area.rows * DOTS_Y)
    # A line to a point far outside y_range would have millions of dots.
    y_dots = np.clip(y_dots, -area.rows * DOTS_Y, 2 * area.rows * DOTS_Y)
    return to_dots(x_axis.fraction(x), area.columns * DOTS_X), y_dots


def _draw_series(
    series: Sequence[Series],
    dots: Sequence[tuple[Floats, Floats]],
    at_log_zero: Sequence[NDArray[np.bool_]],
    area: PlotArea,
    palette: Palette,
    static: bool,
    backgrounds: Sequence[str | None],
    areas: Sequence[Area],
) -> Drawing:
    """Draw the plotting area: dots in the colours of their series or of their shades.

    No line starts at a point that is `at_log_zero`: a log axis has no values between 0 and its lowest value.
    """
    markers, series_styles = palette.series_markers(), _styles(series, palette)
    traces, styles, shades = [], [], []
    for index in sorted(range(len(series)), key=lambda index: not series[index].dim):
        s, (x, y) = series[index], dots[index]
        selected, broken = reduce_line(x, y) if s.kind == "line" else reduce_points(x, y)
        broken[1:] |= at_log_zero[index][selected][:-1]
        marker = markers[index % len(markers)]
        traces.append(Trace(x[selected], y[selected], broken, s.kind == "line", marker, s.dim))
        styles.append(series_styles[index])
        shades.append(_shades(s, x, y, area, palette))
    # If two curves share a cell, plotext keeps only the dots of one, and the other would seem to end.
    use_plotext = static and len(traces) == 1 and palette.markers in PLOTEXT_MARKERS
    draw = draw_with_plotext if use_plotext else rasterise
    return colour_canvas(draw(traces, area.columns, area.rows), styles, backgrounds, shades, areas)


def _shades(series: Series, x: Floats, y: Floats, area: PlotArea, palette: Palette) -> Shades:
    """Each cell's step of the palette's ramp, without the lowest steps, which are invisible on the background."""
    if series.shade is None or not palette.colour:
        return None
    ramp = palette.sequential[3:]
    strongest = cell_shades(np.asarray(series.shade, dtype=float).ravel(), x, y, area.rows, area.columns)
    steps = np.minimum((strongest * len(ramp)).astype(np.intp), len(ramp) - 1)
    return steps, [palette.style(colour) for colour in ramp]


def _blank_overlapped_numbers(drawing: Drawing, start: int, length: int, row: int) -> Drawing:
    """Blank every number that a label at these cells would overlap: half a number is a wrong number."""
    text = "".join(span.text for span in drawing.lines[row])
    for match in re.finditer(r"\S+", text):
        if match.start() < start + length and match.end() > start:
            drawing = put(drawing, match.start(), row, " " * len(match.group()))
    return drawing
