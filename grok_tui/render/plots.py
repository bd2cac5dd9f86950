"""Plots: what a drawing shows, as data. An exported figure is drawn from them, at any resolution.

The functions that draw curves, bars, maps, tables and facts attach the plot that they draw to their drawing; those that
combine drawings keep the plots with their places. So a view that draws with these functions has its figure already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from grok_tui.render.cells import Style
    from grok_tui.render.charts.axis import Axis
    from grok_tui.render.charts.bands import Band
    from grok_tui.render.charts.series import Fill, Series
    from grok_tui.render.maps.scale import Scale
    from grok_tui.render.table import Table


class Plot:
    """The base of all plots. Colours are indices into a palette's series, except those of a `Style`."""


@dataclass(frozen=True, eq=False)
class LinePlot(Plot):
    """Curves and points over one x axis. `cursors` are (x, label) of vertical lines, `marks` the x of dotted ones."""

    series: Sequence[Series]
    x_axis: Axis
    y_axis: Axis
    x_label: str = ""
    y_label: str = ""
    x_names: Sequence[str] | None = None  # the texts of the ticks at 0, 1, ...
    bands: Sequence[Band] = ()
    fills: Sequence[Fill] = ()
    cursors: tuple[tuple[float, str], ...] = ()
    marks: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class BarPlot(Plot):
    """A bar for each value, numbered from `first`; `colours` are those of the highlighted bars, None the accent."""

    values: NDArray[np.floating]
    limits: tuple[float, float]
    first: int = 1
    labels: Sequence[str] | None = None  # below the bars, in place of their numbers
    names: Sequence[str] = ()  # of the bars, such as `cos 14`
    x_label: str = ""
    y_label: str = ""
    colours: Mapping[int, int | None] = field(default_factory=dict)  # by the number of the bar


@dataclass(frozen=True, eq=False)
class MapPlot(Plot):
    """Values [row, column] as colours, row 0 at the top, NaN blank.

    `x` and `y` are the coordinates of the columns and rows, by default their indices; `x_names` and `y_names` are
    (index, text) of the ticks. `marks` are (row, column); `texts` [row][column] are written into the cells.
    """

    values: NDArray[np.floating]
    scale: Scale
    x_label: str = ""
    y_label: str = ""
    x: NDArray[np.floating] | None = None
    y: NDArray[np.floating] | None = None
    x_names: Sequence[tuple[int, str]] | None = None
    y_names: Sequence[tuple[int, str]] | None = None
    marks: Sequence[tuple[int, int]] = ()
    texts: Sequence[Sequence[str]] | None = None
    legend: bool = True
    cursors: tuple[float, ...] = ()  # on the x axis
    y_styles: Sequence[Style] = ()  # of the names on the y axis

    @property
    def square(self) -> bool:
        """Whether it has as many rows as columns, by their indices: such a map is drawn as a square."""
        return self.values.shape[0] == self.values.shape[1] and self.x is None


@dataclass(frozen=True, eq=False)
class TablePlot(Plot):
    """A table; `styles` [row] are those of the first column."""

    table: Table
    styles: Sequence[Style] = ()


@dataclass(frozen=True)
class TextPlot(Plot):
    """A sentence, or facts between dots. A `heading` names the part of the figure below it."""

    text: str
    heading: bool = False


@dataclass(frozen=True, eq=False)
class IntervalPlot(Plot):
    """Rows of intervals on an axis from 0 to 1: the range as a thin line, an inner part as a thick one, a dot."""

    names: Sequence[str]
    centre: NDArray[np.floating]  # [row], as the others
    inner: tuple[NDArray[np.floating], NDArray[np.floating]]
    outer: tuple[NDArray[np.floating], NDArray[np.floating]]
    colours: Sequence[int]
    x_label: str = ""


@dataclass(frozen=True, eq=False)
class RatioPlot(Plot):
    """Horizontal bars from 1 on a log axis, with a name each; None has no bar."""

    names: Sequence[str]
    ratios: Sequence[float | None]
    x_label: str


class PlacedPlot(NamedTuple):
    """A plot and the rectangle of cells that shows it; `cropped` if lines at its lower end are cut off."""

    left: int
    top: int
    width: int
    height: int
    plot: Plot
    cropped: bool = False


def shift_plots(plots: Iterable[PlacedPlot], right: int, down: int) -> tuple[PlacedPlot, ...]:
    """Move the plots with their drawing to its place in a larger one."""
    return tuple(placed._replace(left=placed.left + right, top=placed.top + down) for placed in plots)


def clip_plots(plots: Iterable[PlacedPlot], width: int, height: int) -> tuple[PlacedPlot, ...]:
    """Crop the rectangles of a drawing that is cropped on the right and below; those outside are dropped."""
    clipped = (
        placed._replace(
            width=min(placed.width, width - placed.left),
            height=min(placed.height, height - placed.top),
            cropped=placed.cropped or placed.top + placed.height > height,
        )
        for placed in plots
    )
    return tuple(placed for placed in clipped if placed.width > 0 and placed.height > 0)
