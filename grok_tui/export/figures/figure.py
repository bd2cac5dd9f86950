"""A figure of a drawing's plots below its title, with a caption, as the bytes of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.gridspec import GridSpec, GridSpecFromSubplotSpec, SubplotSpec
from matplotlib.layout_engine import ConstrainedLayoutEngine

from grok_tui.export.figures.charts import draw_bars, draw_intervals, draw_lines, draw_ratios, text_height
from grok_tui.export.figures.layout import BLANK, Part, arrange, height_of, shares
from grok_tui.export.figures.maps import draw_map
from grok_tui.export.figures.options import FigureFormat, FigureStyle, NoFigure
from grok_tui.export.figures.reflow import reflowed
from grok_tui.export.figures.style import Ink
from grok_tui.export.figures.tables import draw_rows, draw_text, table_lines, table_width
from grok_tui.export.figures.tick_collisions import thin_ticks
from grok_tui.export.figures.typesetting import typeset
from grok_tui.render.cell_text import clean
from grok_tui.render.cells import Drawing
from grok_tui.render.palette import choose_palette
from grok_tui.render.plots import (
    BarPlot,
    IntervalPlot,
    LinePlot,
    MapPlot,
    PlacedPlot,
    RatioPlot,
    TablePlot,
    TextPlot,
)

_POINTS_PER_CM = 72 / 2.54
_LEAST = 9.0  # the least height of a chart, in lines of text
_LEAST_WIDTH, _LEAST_ROWS_WIDTH = 13.0, 16.0  # of a chart or map, and of one with named rows, in font sizes
_BESIDE = 6.0  # what an axis has beside it, in font sizes
_SMALLEST_TABLE = 0.55  # of its natural size
_DPI = 300  # of a png


def draw_figure(drawing: Drawing, title: str, caption: Sequence[str], style: FigureStyle) -> Figure:
    """The plots of a drawing as a figure, without a caption if the style has none.

    Raises:
        NoFigure: the drawing has only text.
    """
    if all(isinstance(placed.plot, TextPlot) for placed in drawing.plots):
        raise NoFigure(
            "there is only text in this view, and nothing to plot; pass --format svg-screen for its look on a terminal."
        )
    ink = Ink(choose_palette(style.dark), style.font_size)
    width = style.width_cm * _POINTS_PER_CM
    heads = ink.wrapped(typeset(title), width * 0.96, bold=True)
    notes = [line for text in caption for line in ink.wrapped(text, width * 0.96, small=True)] if style.caption else []
    measure = _Measure(ink, 2 * width / max(drawing.width, 1))
    root = reflowed(arrange(drawing.plots), width, measure.fits)
    body = height_of(root, width, measure.height) + ink.font_size
    top, bottom = (len(heads) + 0.6) * 1.3 * ink.font_size, (len(notes) + 0.8 * bool(notes)) * 1.35 * ink.small
    height = top + body + bottom
    with rc_context(ink.settings()):
        figure = Figure(figsize=(width / 72, height / 72))
        figure.set_layout_engine(
            ConstrainedLayoutEngine(
                rect=(0, bottom / height, 1, body / height), w_pad=0.05, h_pad=0.04, wspace=0.02, hspace=0.02
            )
        )
        pad = 0.3 * ink.font_size
        figure.text(
            pad / width, 1 - pad / height, "\n".join(heads), va="top", fontweight="bold", parse_math=False,
            in_layout=False,
        )  # fmt: skip
        figure.text(
            pad / width, pad / height, "\n".join(notes), va="bottom", fontsize=ink.small, color=ink.palette.muted,
            parse_math=False, in_layout=False, linespacing=1.25,
        )  # fmt: skip
        _place(root, GridSpec(1, 1, figure=figure)[0], figure, measure, width)
        figure.draw_without_rendering()
        thin_ticks(figure, ink.small)
        for axes, placed, width in measure.later:  # now the widths are known
            inside, high = (length * 72 / figure.dpi for length in axes.get_window_extent().size)
            if isinstance(placed.plot, TablePlot):
                draw_rows(placed.plot, axes, ink, (inside, high))
            elif isinstance(placed.plot, TextPlot):
                # A heading may extend over the colour scale of the map below it.
                beyond = min(width - _BESIDE * ink.font_size, 1.6 * inside) if placed.plot.heading else 0.0
                room = max(0.98 * inside, beyond)
                lines = ink.wrapped(typeset(placed.plot.text), room)
                draw_text(lines, axes, ink, heading=placed.plot.heading)
    return figure


class _Measure:
    """The sizes of plots: `row` is the height of a row of cells in points. `later` are the texts to draw at the end."""

    def __init__(self, ink: Ink, row: float) -> None:
        self.ink, self.row = ink, row
        self.later: list[tuple[Axes, PlacedPlot, float]] = []

    def height(self, placed: PlacedPlot, width: float) -> float:
        plot, font = placed.plot, self.ink.font_size
        if plot is BLANK:
            return 0.0
        if isinstance(plot, TextPlot):
            room = max(width - _BESIDE * font, 0.5 * width) if plot.heading else 0.88 * width
            return len(self.ink.wrapped(typeset(plot.text), room)) * 1.3 * font + 0.4 * font
        if isinstance(plot, TablePlot):
            return (table_lines(plot) + 0.6) * 1.6 * font
        if isinstance(plot, IntervalPlot | RatioPlot):
            return (len(plot.names) * 1.6 + 3.5) * font
        natural = max(placed.height * self.row, _LEAST * font)
        if isinstance(plot, LinePlot | BarPlot):
            natural = max(natural, _LEAST * font + text_height(plot, self.ink, (width, natural)))
        if isinstance(plot, MapPlot) and plot.square:
            room = width - (9 if plot.legend else 4) * font
            return min(natural, max(room, 0.0) + 4 * font) if natural > 12 * font else max(natural, 12 * font)
        return natural

    def fits(self, placed: PlacedPlot, width: float) -> bool:
        """Whether a plot can be read at this width."""
        plot, font = placed.plot, self.ink.font_size
        if isinstance(plot, TextPlot):
            return True
        if isinstance(plot, TablePlot):
            return _SMALLEST_TABLE * table_width(plot) * font <= width
        return width >= (_LEAST_ROWS_WIDTH if isinstance(plot, IntervalPlot | RatioPlot) else _LEAST_WIDTH) * font


def _place(part: Part, spec: SubplotSpec, figure: Figure, measure: _Measure, width: float) -> None:
    """Draw a part of the figure in its place."""
    if isinstance(part, PlacedPlot) and part.plot is BLANK:
        return
    if isinstance(part, PlacedPlot):
        _draw(part, spec, figure, measure, width)
        return
    count = len(part.parts)
    if part.direction == "across":
        grid = GridSpecFromSubplotSpec(1, count, spec, width_ratios=shares(part))
        for index, (inner, share) in enumerate(zip(part.parts, shares(part), strict=True)):
            _place(inner, grid[0, index], figure, measure, width * share)
        return
    heights = [height_of(inner, width, measure.height) for inner in part.parts]
    grid = GridSpecFromSubplotSpec(count, 1, spec, height_ratios=heights)
    for index, inner in enumerate(part.parts):
        _place(inner, grid[index, 0], figure, measure, width)


def _draw(placed: PlacedPlot, spec: SubplotSpec, figure: Figure | SubFigure, measure: _Measure, width: float) -> None:
    axes = figure.add_subplot(spec)
    ink, plot = measure.ink, placed.plot
    size = width, measure.height(placed, width)
    if isinstance(plot, TextPlot | TablePlot):
        axes.axis("off")
        measure.later.append((axes, placed, width))
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


def render_figure(
    drawing: Drawing,
    title: str,
    caption: Sequence[str],
    provenance: Mapping[str, Any],
    form: FigureFormat,
    style: FigureStyle,
    *,
    dpi: int = _DPI,
) -> bytes:
    """The figure as a file, with its provenance in the metadata. The same numbers give the same bytes."""
    title = clean(title)
    figure = draw_figure(drawing, title, [clean(line) for line in caption], style)
    out = BytesIO()
    ink = Ink(choose_palette(style.dark), style.font_size)
    with rc_context(ink.settings()):
        figure.savefig(out, format=form, dpi=dpi, metadata=_metadata(form, title, caption, provenance))
    return out.getvalue()


def _metadata(
    form: FigureFormat, title: str, caption: Sequence[str], provenance: Mapping[str, Any]
) -> dict[str, str | None]:
    """Title, caption and, as JSON, the whole provenance, under the names of the format; no date."""
    program = f"grok-tui {provenance.get('version', '')}".strip()
    text, data = " · ".join(caption), json.dumps(provenance, default=str)
    if form == "pdf":
        return {"Title": title, "Subject": text, "Keywords": data, "Creator": program, "CreationDate": None}
    if form == "svg":
        return {"Title": title, "Description": text, "Identifier": data, "Creator": program, "Date": None}
    return {"Title": title, "Description": text, "Provenance": data, "Software": program}
