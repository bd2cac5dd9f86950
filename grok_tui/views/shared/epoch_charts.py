"""Charts over epochs, one or several on a grid, with the cursor at the selected epoch and the phases as bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, log
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.charts.chart import Axes, Chart, Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.plots import TextPlot
from grok_tui.render.titles import fit_parts
from grok_tui.views.shared.epoch_curves import Curves, phase_bands, progress_notes
from grok_tui.views.shared.fact_line import flow

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEAST_WIDTH, _LEAST_HEIGHT, _ASPECT = 40, 7, 4.5  # of a chart among several; a cell is twice as high as wide


@dataclass(frozen=True)
class AxesChoice:
    """The selection's override of linear and logarithmic axes; None keeps the default of the chart."""

    log_x: bool | None = None
    log_y: bool | None = None

    @staticmethod
    def of(selection: Selection) -> AxesChoice:
        return AxesChoice(selection.log_x, selection.log_y)

    def override(self, default: Axes) -> Axes:
        """The default axes of a chart with this override applied."""
        log_x = default.log_x if self.log_x is None else self.log_x
        return Axes(log_x, default.log_y if self.log_y is None else self.log_y)


@dataclass(frozen=True)
class Panel:
    """A chart of the curves of these columns. Curves without values are left out, and so is a panel without curves."""

    columns: tuple[str, ...]
    y_label: str
    log_y: bool = False
    y_range: tuple[float, float] | None = None
    prefix: str = ""  # of the curves' names, which its legend leaves out


def draw_panels(
    curves: Curves,
    panels: Sequence[Panel],
    epoch: int,
    axes: AxesChoice,
    width: int,
    height: int,
    palette: Palette,
    facts: Sequence[str],
    least_width: int = _LEAST_WIDTH,
) -> Drawing:
    """The facts, and below them as many panels as fit, in their order."""
    shown = [panel for panel in panels if curves.known(panel.columns)]
    notes = _panel_notes(curves, len(shown), width, height, least_width)
    top = heading(curves.run_metrics, width, height, palette, facts, notes)
    if not shown:
        everything = heading(curves.run_metrics, width, height, palette, facts, notes, most=height)
        return fit(everything, width, height)
    room = max(height - top.height, 1)
    columns, rows = arrangement(len(shown), width, room, least_width)
    panel_width = (width - 2 * (columns - 1)) // columns
    lines = []
    for row in range(rows):
        panel_height = room * (row + 1) // rows - room * row // rows
        charts = [
            panel_chart(curves, panel, axes, panel_width, panel_height, palette).with_cursor(epoch, palette)
            for panel in shown[row * columns : (row + 1) * columns]
        ]
        lines.append(beside(*charts, gap=2))
    return fit(above(top, *lines), width, height)


def heading(
    run_metrics: RunMetricsSnapshot,
    width: int,
    height: int,
    palette: Palette,
    facts: Sequence[str],
    notes: Sequence[str] = (),
    most: int | None = None,
) -> Drawing:
    """The facts on `most` lines (default: 1 or 2), then a muted line: how many checkpoints are measured, and notes."""
    lines = flow(facts, width, palette, most=most or (1 if height < 12 else 2))
    muted_line = " · ".join([*progress_notes(run_metrics), *notes])
    muted = Drawing.of_lines(
        [palette.text(fit_parts(muted_line, width))] if muted_line else [], width, palette.style(palette.muted)
    )
    if progress := progress_notes(run_metrics):
        muted = muted.showing(TextPlot(" · ".join(progress)))
    return above(*([lines] if facts else []), muted)


def no_key_frequencies(reference_epoch: int) -> str:
    """Why there is nothing on key frequencies, and what to do."""
    return f"no key frequencies at epoch {reference_epoch:,}: nothing to compare with (r takes another reference)"


def _panel_notes(curves: Curves, count: int, width: int, height: int, least_width: int) -> list[str]:
    """How far the metrics of the other run are, and how many of `count` panels do not fit."""
    other = curves.against
    notes = [] if other is None else [f"{curves.names[1]}: {note}" for note in progress_notes(other.run_metrics)]
    columns, rows = arrangement(count, width, height - 3, least_width) if count else (1, 0)
    if (left_out := count - columns * rows) > 0 and height >= 12:
        notes.append(f"{left_out} more in a larger pane")
    return notes


def arrangement(count: int, width: int, height: int, least_width: int = _LEAST_WIDTH) -> tuple[int, int]:
    """Columns and rows of a grid for up to `count` panels: as many as fit, in the best proportions."""
    across, down = max(width // least_width, 1), max(height // _LEAST_HEIGHT, 1)
    shown = min(count, across * down)
    candidates = [(c, ceil(shown / c)) for c in range(1, across + 1) if ceil(shown / c) <= down]
    return min(candidates, key=lambda grid: abs(log(width / grid[0] / max(height / grid[1], 1) / _ASPECT)))


@lru_cache(maxsize=64)  # an epoch step moves the cursor, not the curves
def panel_chart(curves: Curves, panel: Panel, axes: AxesChoice, width: int, height: int, palette: Palette) -> Chart:
    """The curves of a panel that have values, in the order of its columns."""
    chart = line_chart(
        _series(curves, panel),
        width,
        height,
        palette,
        x_label="epoch",
        y_label=panel.y_label,
        axes=axes.override(Axes(log_y=panel.log_y)),
        y_range=panel.y_range,
        bands=phase_bands(curves.run_metrics),
        static=True,
    )
    return chart if curves.marked_epoch is None else chart.with_mark(curves.marked_epoch, palette)


def _series(curves: Curves, panel: Panel) -> list[Series]:
    """The curves in the order of their columns, each followed by that of the other run."""
    runs = [curves] if curves.against is None else [curves, curves.against]
    series = []
    for position, column in enumerate(panel.columns):
        for run, name in zip(runs, curves.names, strict=False):
            for curve in run.known([column]):
                colour = position if curve.colour is None else curve.colour
                label = f"{curve.name} {name}".strip()
                short, dim = label.removeprefix(panel.prefix), run is not curves
                series.append(Series(label, run.epochs, curve.values, colour, dim=dim, label=short))
    return series


def curve_facts(curves: Curves, epoch: int, columns: Sequence[str], spec: str = ".3g") -> list[str]:
    """The values of some curves at an epoch, as `test 0.0123`; with a marked epoch `test 0.0123 against 0.5`."""
    names = {curve.column: curve.name for curve in curves.curves}
    epochs = [epoch] if curves.marked_epoch is None else [epoch, curves.marked_epoch]
    facts = []
    for column in columns:
        values = [curves.at(at, column) for at in epochs]
        texts = ["none" if value is None else f"{value:{spec}}" for value in values]
        if column in names and values[0] is not None and np.isfinite(values[0]):
            facts.append(f"{names[column]} {' against '.join(texts)}")
    return facts
