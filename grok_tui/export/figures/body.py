"""The body of a figure: all its plots, placed by what their axes have around them once they are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from grok_tui.export.figures.charts import draw_bars, draw_intervals, draw_lines, draw_ratios
from grok_tui.export.figures.grids import Box, Margins, solve
from grok_tui.export.figures.layout import Part
from grok_tui.export.figures.maps import draw_map, enlarge_peaks
from grok_tui.export.figures.options import NoFigure
from grok_tui.export.figures.sizes import EstimatedSizes, MeasuredSizes
from grok_tui.export.figures.style import Ink
from grok_tui.export.figures.tables import draw_rows, draw_text
from grok_tui.export.figures.tick_collisions import thin_ticks
from grok_tui.render.plots import BarPlot, IntervalPlot, LinePlot, MapPlot, PlacedPlot, RatioPlot, TablePlot, TextPlot

Drawn = Sequence[tuple[PlacedPlot, Axes]]


class Frame(NamedTuple):
    """The width of a figure and what is around its body, in points."""

    width: float
    side: float
    above: float
    below: float


def draw_body(figure: Figure, root: Part, sizes: EstimatedSizes, ink: Ink, frame: Frame) -> float:
    """Draw the plots and set the height of the figure, in points, which is returned."""
    room = frame.width - 2 * frame.side
    boxes, height = solve(root, room, sizes)
    drawn = [(placed, _axes(figure, placed, box, ink)) for placed, box in boxes]
    _place(figure, drawn, boxes, height, frame)
    for _ in range(2):  # the sizes of the axes change their ticks, which change what is around them
        boxes, height = solve(root, room, MeasuredSizes(sizes, {id(placed): _around(axes) for placed, axes in drawn}))
        _place(figure, drawn, boxes, height, frame)
        _break_labels(drawn, boxes, ink)
        thin_ticks(figure, ink.small)
    for (placed, axes), (_, box) in zip(drawn, boxes, strict=True):
        plot = placed.plot
        if isinstance(plot, TablePlot):
            draw_rows(plot, axes, ink, (box.width, box.height))
        elif isinstance(plot, TextPlot):
            draw_text(sizes.lines(plot, box.width), axes, ink)
        elif isinstance(plot, MapPlot):
            enlarge_peaks(plot, axes)
    return frame.above + height + frame.below


def _axes(figure: Figure, placed: PlacedPlot, box: Box, ink: Ink) -> Axes:
    """The axes of a plot, with all but texts and tables drawn in them."""
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    plot, size = placed.plot, (box.width, box.height)
    if isinstance(plot, TextPlot | TablePlot):
        axes.axis("off")
    elif isinstance(plot, LinePlot):
        draw_lines(plot, axes, ink, size)
    elif isinstance(plot, BarPlot):
        draw_bars(plot, axes, ink, size)
    elif isinstance(plot, MapPlot):
        draw_map(plot, axes, ink, size)
    elif isinstance(plot, IntervalPlot):
        draw_intervals(plot, axes, ink, size)
    elif isinstance(plot, RatioPlot):
        draw_ratios(plot, axes, ink, size)
    else:
        raise NoFigure(f"a figure cannot draw {type(plot).__name__}; pass --format svg-screen.")
    if placed.cropped:  # its x axis is that of the chart below it
        axes.tick_params(labelbottom=False)
        axes.set_xlabel("")
    return axes


def _break_labels(drawn: Drawn, boxes: Sequence[tuple[PlacedPlot, Box]], ink: Ink) -> None:
    """Labels of x axes in as many lines as the widths of the axes require."""
    for (placed, axes), (_, box) in zip(drawn, boxes, strict=True):
        if axes.get_xlabel() and isinstance(
            plot := placed.plot, LinePlot | BarPlot | MapPlot | IntervalPlot | RatioPlot
        ):
            axes.set_xlabel(ink.broken(plot.x_label, box.width))


def _place(figure: Figure, drawn: Drawn, boxes: Sequence[tuple[PlacedPlot, Box]], height: float, frame: Frame) -> None:
    """Give the figure its height and the axes their boxes."""
    total = frame.above + height + frame.below
    figure.set_size_inches(frame.width / 72, total / 72)
    for (_, axes), (_, box) in zip(drawn, boxes, strict=True):
        below = total - frame.above - box.top - box.height
        axes.set_position(
            ((frame.side + box.left) / frame.width, below / total, box.width / frame.width, box.height / total)
        )


def _around(axes: Axes) -> Margins:
    """What is drawn around the box of an axes. Legends and titles are no wider than it."""
    if not axes.axison:
        return Margins()
    whole = axes.get_tightbbox(for_layout_only=True)
    box = axes.get_window_extent()  # of a square map, once it is a square
    sides = [axis.get_tightbbox(for_layout_only=True) for axis in (axes.xaxis, axes.yaxis)]
    sides += [child.get_tightbbox(for_layout_only=True) for child in axes.child_axes]
    across = Bbox.union([box, *(side for side in sides if side is not None)])
    points = 72 / axes.figure.dpi
    up = Bbox.union([box, whole]) if whole is not None else box
    return Margins(
        (box.x0 - across.x0) * points,
        (across.x1 - box.x1) * points,
        (up.y1 - box.y1) * points,
        (box.y0 - up.y0) * points,
    )
