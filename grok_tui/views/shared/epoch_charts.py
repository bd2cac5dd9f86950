"""Charts over epochs, one or several on a grid: the cursor at the selected epoch, the phases as bands behind."""

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
from grok_tui.views.shared.epoch_curves import Curves, notes, phase_bands
from grok_tui.views.shared.fact_line import flow

if TYPE_CHECKING:
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEAST_WIDTH, _LEAST_HEIGHT, _ASPECT = 40, 7, 4.5  # of a chart among several; cells are twice as high as wide


@dataclass(frozen=True)
class AxesChoice:
    """What the selection says about the axes of charts over epochs; None leaves it to the chart."""

    log_x: bool | None = None
    log_y: bool | None = None

    @staticmethod
    def of(selection: Selection) -> AxesChoice:
        return AxesChoice(selection.log_x, selection.log_y)

    def over(self, own: Axes) -> Axes:
        """The axes of a chart whose `own` are these."""
        log_x = own.log_x if self.log_x is None else self.log_x
        return Axes(log_x, own.log_y if self.log_y is None else self.log_y)


@dataclass(frozen=True)
class Panel:
    """A chart of the curves with these column names; those without any value are left out."""

    columns: tuple[str, ...]
    y_label: str
    log_y: bool = False
    y_range: tuple[float, float] | None = None


def draw_panels(
    answer: Curves,
    panels: Sequence[Panel],
    epoch: int,
    choice: AxesChoice,
    width: int,
    height: int,
    palette: Palette,
    head: Sequence[str],
    least_width: int = _LEAST_WIDTH,
) -> Drawing:
    """Facts above, below them as many of the panels, in order, as have room."""
    shown = [panel for panel in panels if answer.known(panel.columns)]
    top = heading(answer.history, width, height, palette, head, _told(answer, shown, width, height, least_width))
    if not shown:
        return fit(top, width, height)
    room = max(height - top.height, 1)
    columns, rows = arrangement(len(shown), width, room, least_width)
    lines = []
    for row in range(rows):
        some = shown[row * columns : (row + 1) * columns]
        panel_height = room * (row + 1) // rows - room * row // rows
        lines.append(
            beside(*(_panel(answer, one, epoch, choice, columns, width, panel_height, palette) for one in some), gap=2)
        )
    return fit(above(top, *lines), width, height)


def heading(
    history: RunMetricsSnapshot,
    width: int,
    height: int,
    palette: Palette,
    head: Sequence[str],
    told: Sequence[str] = (),
) -> Drawing:
    """The facts, then in a muted line how far the measuring has come and what else there is to tell."""
    facts = flow(head, width, palette, most=1 if height < 12 else 2)
    line = " · ".join([*notes(history), *told])
    muted = Drawing.of_lines([palette.text(line)] if line else [], width, palette.style(palette.muted))
    return above(*([facts] if head else []), muted)


def _told(answer: Curves, panels: Sequence[Panel], width: int, height: int, least_width: int) -> list[str]:
    """The panels without room, what the other run has yet to give."""
    told = [] if answer.against is None else [f"{answer.names[1]}: {note}" for note in notes(answer.against.history)]
    columns, rows = arrangement(len(panels), width, height - 3, least_width) if panels else (1, 0)
    if (left_out := len(panels) - columns * rows) > 0 and height >= 12:
        told.append(f"{left_out} more in a larger pane")
    return told


def arrangement(count: int, width: int, height: int, least_width: int = _LEAST_WIDTH) -> tuple[int, int]:
    """Columns and rows for up to `count` panels: as many panels as have room, in the best proportions."""
    across, down = max(width // least_width, 1), max(height // _LEAST_HEIGHT, 1)
    shown = min(count, across * down)
    candidates = [(c, ceil(shown / c)) for c in range(1, across + 1) if ceil(shown / c) <= down]
    return min(candidates, key=lambda grid: abs(log(width / grid[0] / max(height / grid[1], 1) / _ASPECT)))


def _panel(
    answer: Curves,
    panel: Panel,
    epoch: int,
    choice: AxesChoice,
    columns: int,
    width: int,
    height: int,
    palette: Palette,
) -> Drawing:
    panel_width = (width - 2 * (columns - 1)) // columns
    return chart(answer, panel, choice, panel_width, height, palette).with_cursor(epoch, palette)


@lru_cache(maxsize=64)  # stepping an epoch moves the cursor, not the curves
def chart(answer: Curves, panel: Panel, choice: AxesChoice, width: int, height: int, palette: Palette) -> Chart:
    """The curves of a panel that have values, in the panel's order."""
    made = line_chart(
        _series(answer, panel.columns),
        width,
        height,
        palette,
        x_label="epoch",
        y_label=panel.y_label,
        axes=choice.over(Axes(log_y=panel.log_y)),
        y_range=panel.y_range,
        bands=phase_bands(answer.history),
        still=True,
    )
    return made if answer.marked_epoch is None else made.with_mark(answer.marked_epoch, palette)


def _series(answer: Curves, columns: Sequence[str]) -> list[Series]:
    """The curves in the order of their columns, each followed by the other run's."""
    runs = [answer] if answer.against is None else [answer, answer.against]
    lines = []
    for place, column in enumerate(columns):
        for run, name in zip(runs, answer.names, strict=False):
            for curve in run.known([column]):
                colour = place if curve.colour is None else curve.colour
                label = f"{curve.name} {name}".strip()
                lines.append(Series(label, run.epochs, curve.values, colour, dim=run is not answer))
    return lines


def figures(answer: Curves, epoch: int, columns: Sequence[str], spec: str = ".3g") -> list[str]:
    """The values of some curves at an epoch, `test 0.0123`, and at the marked one, for a line of facts."""
    names = {curve.column: curve.name for curve in answer.curves}
    told = []
    for column in columns:
        at = [answer.at(one, column) for one in (epoch, answer.marked_epoch) if one is not None]
        values = ["none" if value is None else f"{value:{spec}}" for value in at]
        if column in names and at[0] is not None and np.isfinite(at[0]):
            told.append(f"{names[column]} {' against '.join(values)}")
    return told
