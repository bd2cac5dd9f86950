"""The sizes of plots in a figure: how high they are, what is around them, and whether they can be read."""

from __future__ import annotations

from collections.abc import Mapping

from grok_tui.export.figures.grids import Margins
from grok_tui.export.figures.layout import BLANK
from grok_tui.export.figures.maps import widest_text
from grok_tui.export.figures.style import Ink
from grok_tui.export.figures.tables import table_lines, table_width
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.plots import IntervalPlot, MapPlot, PlacedPlot, RatioPlot, TablePlot, TextPlot

# In font sizes.
_LEAST, _LEAST_CROPPED, _LEAST_MAP = 6.0, 4.0, 8.0  # the least height of the axes of charts and maps
_BELOW, _BELOW_CROPPED = 4.0, 1.5  # what a chart of cells has below and above its axes
_LEAST_WIDTH, _LEAST_ROWS_WIDTH = 13.0, 16.0  # of a chart or map, and of one with named rows
_ROW, _LINE = 1.6, 1.3  # rows of tables and intervals; lines of text

SMALLEST_TABLE = 0.7  # of its natural size


class EstimatedSizes:
    """The sizes before anything is drawn. `row` is the height of a row of cells in points."""

    def __init__(self, ink: Ink, row: float) -> None:
        self.ink, self.row = ink, row
        self.column_gap, self.row_gap = 1.4 * ink.font_size, 0.7 * ink.font_size

    def margins(self, placed: PlacedPlot) -> Margins:
        """About what is around the axes of a plot."""
        plot, font = placed.plot, self.ink.font_size
        legend = isinstance(plot, MapPlot) and plot.legend
        return Margins(4.5 * font, (6.0 if legend else 1.0) * font, 1.5 * font, 3.5 * font)

    def height(self, placed: PlacedPlot, width: float) -> float:
        """The height of a text or table, or of the axes of a plot, for this width."""
        plot, font = placed.plot, self.ink.font_size
        if plot is BLANK:
            return 0.0
        if isinstance(plot, TextPlot):
            return len(self.lines(plot, width)) * _LINE * font
        if isinstance(plot, TablePlot):
            return (table_lines(plot) + 0.2) * _ROW * font
        if isinstance(plot, IntervalPlot | RatioPlot):
            return len(plot.names) * _ROW * font
        cropped = placed.cropped
        natural = placed.height * self.row - (_BELOW_CROPPED if cropped else _BELOW) * font
        if isinstance(plot, MapPlot) and plot.square:
            texts = 1.1 * widest_text(plot) * self.ink.small * len(plot.values[0])
            return min(max(natural, texts, _LEAST_MAP * font), width)
        return max(natural, (_LEAST_CROPPED if cropped else _LEAST) * font)

    def lines(self, plot: TextPlot, width: float) -> list[str]:
        """The lines of a text of this width."""
        return self.ink.wrapped(typeset(plot.text), width if plot.heading else 0.98 * width)

    def table_width(self, placed: PlacedPlot) -> float | None:
        """The natural width of a table, None for other plots."""
        return table_width(placed.plot) * self.ink.font_size if isinstance(placed.plot, TablePlot) else None

    def fits(self, placed: PlacedPlot, width: float) -> bool:
        """Whether a plot can be read at this width."""
        plot, font = placed.plot, self.ink.font_size
        if isinstance(plot, TextPlot):
            return True
        if isinstance(plot, TablePlot):
            return SMALLEST_TABLE * table_width(plot) * font <= width
        return width >= (_LEAST_ROWS_WIDTH if isinstance(plot, IntervalPlot | RatioPlot) else _LEAST_WIDTH) * font


class MeasuredSizes(EstimatedSizes):
    """The sizes once axes have been drawn: `around` are their margins, by the identity of the placed plot."""

    def __init__(self, estimated: EstimatedSizes, around: Mapping[int, Margins]) -> None:
        super().__init__(estimated.ink, estimated.row)
        self._around = around

    def margins(self, placed: PlacedPlot) -> Margins:
        return self._around[id(placed)]
