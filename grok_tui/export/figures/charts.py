"""Curves, points and bars, drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from grok_tui.export.figures.style import Ink
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.bands import BAND_COLOURS
from grok_tui.render.charts.series import Series
from grok_tui.render.palette import mix
from grok_tui.render.plots import BarPlot, IntervalPlot, LinePlot, RatioPlot
from grok_tui.render.ramps import GENERAL_SERIES
from grok_tui.render.ticks import format_tick

_NEARLY_LINEAR, _FEW_POWERS, _MANY_POWERS = 4.0, 50.0, 1e4  # ratios of the ends of a log axis
_LEAST_NAMED = 0.01  # of the range: the height from which a bar has a name


def draw_lines(plot: LinePlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """Curves and points over bands, with cursors; `size` is the estimated one of the axes in points."""
    _set_axis(axes, "x", plot.x_axis, tick_count(size[0], 4.5 * ink.small))
    named = any(name for *_, name in plot.bands) or any(label for _, label in plot.cursors)
    room = 1.8 * ink.smallest / max(size[1], ink.font_size) if named else 0.0
    _set_axis(axes, "y", plot.y_axis, tick_count(size[1], 2.2 * ink.small), min(room, 0.2))
    _draw_bands(plot, axes, ink, size)
    for fill in plot.fills:
        axes.fill_between(fill.x, fill.low, fill.high, color=ink.series(fill.colour), alpha=0.15, linewidth=0)
    for index, series in enumerate(plot.series):
        _draw_series(series, index, axes, ink)
    for x in plot.marks:
        axes.axvline(x, color=ink.palette.foreground, linewidth=0.7, linestyle=(0, (1, 2)))
    for x, label in plot.cursors:
        draw_cursor(x, axes, ink)
        if label:
            _name_at_top(label, x, axes, ink.palette.accent, ink)
    if plot.x_names is not None:
        names = plot.x_names
        axes.xaxis.set_major_locator(MaxNLocator(tick_count(size[0], 4.5 * ink.small), integer=True))
        axes.xaxis.set_major_formatter(
            FuncFormatter(lambda x, _: names[round(x)] if 0 <= round(x) < len(names) else "")
        )
    if not any(_can_be_seen(series, plot) for series in plot.series):
        axes.text(
            0.5, 0.5, "no values that these axes can show", transform=axes.transAxes, ha="center", va="center",
            fontsize=ink.small, color=ink.palette.muted,
        )  # fmt: skip
    _label(axes, ink, plot.x_label, plot.y_label, size)


def draw_cursor(x: float, axes: Axes, ink: Ink) -> None:
    """A dashed line at an epoch, in front of the axis; at an end of the axis it is whole, too."""
    low, high = sorted(axes.get_xlim())
    inside = low <= x <= high
    axes.axvline(x, color=ink.palette.accent, linewidth=0.7, linestyle=(0, (4, 2)), clip_on=not inside, zorder=2.6)


def _can_be_seen(series: Series, plot: LinePlot) -> bool:
    x, y = (np.asarray(values, dtype=float).ravel() for values in (series.x, series.y))
    return bool((np.isfinite(plot.x_axis.fraction(x)) & np.isfinite(plot.y_axis.fraction(y))).any())


def _draw_bands(plot: LinePlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """The bands, with the names that fit, above the curves."""
    for number, (low, high, name) in enumerate(plot.bands, 1):
        end = plot.bands[number][0] if number < len(plot.bands) else plot.x_axis.high
        colour = ink.series(BAND_COLOURS[name]) if name in BAND_COLOURS else ink.palette.foreground
        axes.axvspan(low, high, color=mix(ink.background, colour, 0.12), linewidth=0, zorder=0)
        left, right = np.clip(plot.x_axis.fraction(np.array([low, end])), 0, 1).tolist()
        room = (right - left) * size[0] - 4
        shown = next((text for text in (name, name.split(" ")[0]) if ink.width(text, ink.smallest) <= room), "")
        if shown:
            _name_at_top(shown, max(low, plot.x_axis.low), axes, ink.palette.muted, ink)


def _name_at_top(text: str, x: float, axes: Axes, colour: str, ink: Ink) -> None:
    axes.annotate(
        text, (x, 1), (2, -1), xycoords=("data", "axes fraction"), textcoords="offset points", va="top",
        fontsize=ink.smallest, color=colour, in_layout=False, zorder=4,
    )  # fmt: skip


def _draw_series(series: Series, index: int, axes: Axes, ink: Ink) -> None:
    colour = ink.series(index % GENERAL_SERIES if series.colour is None else series.colour)
    if series.emphasised:
        colour = ink.palette.foreground
    if series.dim:
        colour = mix(ink.background, colour, 0.7)
    x, y = np.asarray(series.x, dtype=float).ravel(), np.asarray(series.y, dtype=float).ravel()
    name = series.label or series.name
    label = typeset(name) or f"_{index}"  # matplotlib leaves names with a leading underscore out of legends
    if series.kind == "line":
        dashes = (0, (3, 1.5)) if series.dim else "-"
        width = 1.6 if series.emphasised else 1.1
        axes.plot(x, y, color=colour, linestyle=dashes, linewidth=width, label=label, zorder=2 - 0.5 * series.dim)
    elif series.shade is None:
        axes.scatter(x, y, s=7, color=colour, linewidths=0, alpha=0.85, label=label, zorder=2)
    else:
        ramp = LinearSegmentedColormap.from_list("shades", ink.palette.sequential[3:])
        points = axes.scatter(x, y, s=7, c=series.shade, cmap=ramp, norm=Normalize(0, 1), linewidths=0, zorder=2)
        beside = axes.inset_axes((1.02, 0.0, 0.02, 1.0), label="<colorbar>")
        bar = axes.figure.colorbar(points, cax=beside, format=FuncFormatter(tick_text))
        bar.outline.set_visible(False)
        bar.set_label(series.shade_label)


def tick_count(length: float, room: float) -> int:
    """The most ticks on an axis of this length, from 2 to 8, each with `room`; both in points."""
    return min(max(int(length / room), 2), 8)


def _set_axis(axes: Axes, which: str, axis: Axis, count: int, room: float = 0.0) -> None:
    """The limits and the scale of the chart in the terminal, and at the upper end `room`, a share of the axis.

    A log axis that shows zero is linear next to zero.
    """
    set_scale, set_limits = getattr(axes, f"set_{which}scale"), getattr(axes, f"set_{which}lim")
    ticks = getattr(axes, f"{which}axis")
    high = axis.high * (axis.high / axis.low) ** room if axis.log else axis.high + room * (axis.high - axis.low)
    if axis.log and axis.zero:
        set_scale("symlog", linthresh=axis.low, linscale=0.2)
        set_limits(0, high)
    elif axis.log:
        set_scale("log")
        set_limits(axis.low, high)
        _set_log_ticks(ticks, axis.high / axis.low, count)
    else:
        set_limits(axis.low, high)
        set_linear_ticks(ticks, count)


def _set_log_ticks(axis: XAxis | YAxis, ratio: float, count: int) -> None:
    """Powers of ten; where the ends of the axis have a smaller ratio, as many numbers as are needed to read it."""
    if ratio < _FEW_POWERS:
        locator = LogLocator(subs=(1, 2, 5)) if ratio > _NEARLY_LINEAR else MaxNLocator(count, steps=[1, 2, 5, 10])
        axis.set_major_locator(locator)
        axis.set_major_formatter(FuncFormatter(tick_text))
        axis.set_minor_locator(NullLocator())
    elif ratio > _MANY_POWERS:
        axis.set_major_locator(LogLocator(numticks=min(count, 7) + 1))
        axis.set_minor_locator(NullLocator())


def set_linear_ticks(axis: XAxis | YAxis, count: int, *, whole: bool = False) -> None:
    """At most `count` ticks with few digits, thousands with a comma."""
    axis.set_major_locator(MaxNLocator(count, integer=whole, steps=[1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(tick_text))


def tick_text(value: float, _: object = None) -> str:
    """The number at a tick."""
    size = abs(value)
    return typeset(f"{value:,.6g}" if size == 0 or 1e-3 <= size < 1e6 else format_tick(value))


def draw_bars(plot: BarPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """Bars in the colours of their frequencies."""
    numbers = np.arange(plot.first, plot.first + len(plot.values))
    plain = ink.series(0)
    colours = [_bar_colour(plot.colours[n], ink) if n in plot.colours else plain for n in numbers.tolist()]
    axes.bar(numbers, plot.values, width=0.85, color=colours, linewidth=0)
    low, high = plot.limits
    room = 0.05 + (1.8 * ink.smallest / max(size[1], ink.font_size) if plot.colours else 0.0)
    axes.set_ylim(low * 1.05, high + min(room, 0.3) * (high - low))
    axes.set_xlim(plot.first - 1, plot.first + len(plot.values))
    if plot.labels is not None:
        axes.set_xticks(numbers, plot.labels[: len(numbers)])
        if sum(ink.width(label) for label in plot.labels) > 0.8 * size[0]:
            axes.tick_params(axis="x", labelrotation=45)
    else:
        set_linear_ticks(axes.xaxis, tick_count(size[0], 3 * ink.small), whole=True)
        _name_bars(plot, axes, ink, size)
    axes.axhline(0, color=ink.palette.muted, linewidth=0.6)
    set_linear_ticks(axes.yaxis, tick_count(size[1], 2.2 * ink.small))
    _label(axes, ink, plot.x_label, plot.y_label, size)


def _name_bars(plot: BarPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """The names of the highlighted bars that can be seen above them; neighbours with too little room share a text."""
    room = ink.small * len(plot.values) / max(size[0], 1)
    least = _LEAST_NAMED * (plot.limits[1] - plot.limits[0])
    groups: list[list[int]] = []
    for number in (number for number in sorted(plot.colours) if abs(plot.values[number - plot.first]) >= least):
        if groups and number - groups[-1][-1] < room:
            groups[-1].append(number)
        else:
            groups.append([number])
    for group in groups:
        heights = [max(float(np.nan_to_num(plot.values[number - plot.first])), 0.0) for number in group]
        names = list(dict.fromkeys(_bar_name(plot, number) for number in group))
        colours = {plot.colours[number] for number in group}
        colour = _bar_colour(colours.pop(), ink) if len(colours) == 1 else ink.palette.foreground
        axes.annotate(
            ", ".join(names), (sum(group) / len(group), max(heights)), (0, 1), textcoords="offset points",
            ha="center", va="bottom", fontsize=ink.smallest, color=colour, in_layout=False,
        )  # fmt: skip


def _bar_name(plot: BarPlot, number: int) -> str:
    """The frequency of a bar: of a component `cos 14` or `sin 14` its last word."""
    return plot.names[number - plot.first].split(" ")[-1] if plot.names else str(number)


def _bar_colour(colour: int | None, ink: Ink) -> str:
    return ink.palette.accent if colour is None else ink.series(colour)


def draw_ratios(plot: RatioPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """Horizontal bars from 1 on a log axis: left of it what fell, right of it what rose."""
    rows = np.arange(len(plot.names))
    ratios = np.array([np.nan if ratio is None else ratio for ratio in plot.ratios], dtype=float)
    colours = [ink.series(2) if ratio < 1 else ink.palette.warning for ratio in ratios]
    axes.barh(rows, ratios - 1, left=1, height=0.6, color=colours, linewidth=0)
    axes.set_xscale("log")
    known = ratios[np.isfinite(ratios) & (ratios > 0)]
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 1.0)
    axes.set_xlim(min(low, 1.0) / 1.5, max(high, 10.0) * 1.5)
    axes.axvline(1, color=ink.palette.muted, linewidth=0.6)
    axes.set_yticks(rows, plot.names)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(LogLocator(numticks=7))
    axes.set_xlabel(ink.broken(plot.x_label, size[0]))


def draw_intervals(plot: IntervalPlot, axes: Axes, ink: Ink, size: tuple[float, float]) -> None:
    """A row for each interval: the range thin, the inner part thick, a dot."""
    rows = np.arange(len(plot.names))
    colours = [ink.series(colour) for colour in plot.colours]
    axes.hlines(rows, *plot.outer, colors=colours, linewidth=0.9)
    axes.hlines(rows, *plot.inner, colors=colours, linewidth=3)
    axes.scatter(plot.centre, rows, s=16, c=ink.background, edgecolors=colours, zorder=3, linewidths=1.2)
    axes.set_yticks(rows, plot.names)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
    axes.set_xlabel(ink.broken(plot.x_label, size[0]))


def _legend_columns(names: Sequence[str], ink: Ink, size: tuple[float, float]) -> int:
    """As many columns as fit, each as wide as its widest name."""
    widths = [ink.width(name, ink.small) + 2.2 * ink.small for name in names]
    for columns in range(min(len(names), 8), 1, -1):
        widest = [max(widths[column::columns]) for column in range(columns)]
        if sum(widest) + 1.2 * ink.small * (columns - 1) <= size[0]:
            return columns
    return 1


def by_columns(count: int, columns: int) -> list[int]:
    """The order in which a legend, which fills its columns one by one, can be read row by row.

    >>> by_columns(5, 4)
    [0, 4, 1, 2, 3]
    """
    return [index for column in range(columns) for index in range(column, count, columns)]


def _is_upright(y_label: str, ink: Ink, size: tuple[float, float]) -> bool:
    """Whether the label of the y axis is beside it; else it is above the chart."""
    return ink.width(typeset(y_label)) <= size[1]


def _above(y_label: str, ink: Ink, size: tuple[float, float]) -> str:
    """The label of the y axis above a chart."""
    return ink.broken(y_label, size[0])


def _label(axes: Axes, ink: Ink, x_label: str, y_label: str, size: tuple[float, float]) -> None:
    """The labels of the axes, and above the axes the legend; a y label that is too long is above them, too."""
    y_label = typeset(y_label)
    axes.set_xlabel(ink.broken(x_label, size[0]))
    upright = _is_upright(y_label, ink, size)
    if upright:
        axes.set_ylabel(y_label)
    handles, names = axes.get_legend_handles_labels()
    if len(names) > 1 or (names and names[0] != y_label):
        columns = min(_legend_columns(names, ink, size), len(names))
        order = by_columns(len(names), columns)
        axes.legend(
            [handles[index] for index in order],
            [names[index] for index in order],
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=columns,
            title=None if upright else _above(y_label, ink, size),
            title_fontsize=ink.font_size,
            alignment="left",
            frameon=False,
            borderpad=0,
            borderaxespad=0.3,
            handlelength=1.4,
            columnspacing=1.2,
            markerscale=1.5,
        )
    elif not upright:
        axes.set_title(_above(y_label, ink, size), loc="left")
