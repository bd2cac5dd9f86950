"""Bar charts, drawn in eighths of a cell."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Style, fit
from grok_tui.render.charts.bar_rows import fit_bars
from grok_tui.render.charts.frame import draw_frame, header_line, plot_area
from grok_tui.render.equal_rows import RowTicks
from grok_tui.render.grid import Glyphs, draw_grid
from grok_tui.render.palette import Palette
from grok_tui.render.plots import BarPlot
from grok_tui.render.pooling import pool
from grok_tui.render.readout import Readout, ReadoutArea, format_value
from grok_tui.render.target import Target
from grok_tui.render.ticks import linear_ticks

_RISING, _FALLING, _HALF_RISING, _ASCII_RISING, _ASCII_FALLING = (
    np.array([*map(ord, glyphs)], dtype=np.uint32) for glyphs in (" ▁▂▃▄▅▆▇█", " ▀█", "   ▄▄▄▄██", " ...::::#", " '#")
)


@dataclass(frozen=True, eq=False)
class _Slots:
    """The layout of bars: one value per slot, or several values per slot if there are more values than columns."""

    values: NDArray[np.floating]
    columns: int
    first: int  # the number of the first bar

    @property
    def count(self) -> int:
        """The number of slots."""
        return min(len(self.values), self.columns)

    @property
    def step(self) -> int:
        """The width of a slot in columns."""
        return self.columns // self.count if self.count else 1

    @property
    def thick(self) -> int:
        """The width of a bar in columns."""
        return max(self.step - 1, 1)

    def slot(self, number: int) -> int:
        """The slot that shows a bar, given the bar's number."""
        return ((number - self.first + 1) * self.count - 1) // len(self.values)

    def middle(self, number: int) -> int:
        """The column in the middle of a bar, given the bar's number."""
        return self.slot(number) * self.step + (self.thick - 1) // 2

    def pooled(self) -> NDArray[np.floating]:
        """Each slot's value of largest magnitude."""
        pooled: NDArray[np.floating] = pool(self.values[None, :], 1, self.count)[0] if self.count else self.values
        return pooled

    def number_at(self, column: int) -> int | None:
        """The number of the bar that a column shows; None to the right of all bars."""
        slot = column // self.step
        if slot >= self.count:
            return None
        start, end = slot * len(self.values) // self.count, (slot + 1) * len(self.values) // self.count
        return self.first + start + int(np.nan_to_num(abs(self.values[start:end]), nan=-1.0).argmax())


def bar_chart(
    values: NDArray[np.floating],
    width: int,
    height: int,
    palette: Palette,
    *,
    labels: Sequence[str] | None = None,
    names: Sequence[str] = (),
    targets: Sequence[Target | None] = (),
    first: int = 1,
    x_label: str = "",
    y_label: str = "",
    highlight: Collection[int] = (),
    colours: Mapping[int, int] = MappingProxyType({}),
    y_range: tuple[float, float] | None = None,
) -> Drawing:
    """Draw one bar per value at exactly width x height; a column shows the largest of the bars that share it.

    Bars are numbered from `first`. The bars whose numbers are in `highlight` have a pointer below and the accent
    colour, or that of the palette's series at `colours[number]`. `labels` are drawn below the bars in place of numbers;
    `names` name the bars in the readout, `targets` are what they select. `y_range` sets the scale, for several charts
    with a common one; it always includes zero.
    """
    values = np.asarray(values, dtype=float).ravel()
    width, height = max(width, 0), max(height, 0)
    low, high = _limits(values if y_range is None else np.array(y_range))
    highlighted = [number for number in highlight if 0 <= number - first < len(values)]
    own = {number: colours.get(number) for number in highlighted}
    plot = BarPlot(values, (low, high), first, labels, names, x_label, y_label, own)
    x_label, y_label = palette.text(x_label), palette.text(y_label)
    count = max(height // 3, 3 if height >= 8 else 2)
    area = plot_area(width, height, 1, bool(y_label))
    ticks: RowTicks = []
    if area.axes:
        low, high, ticks = fit_bars(low, high, area.rows, count)
        area = plot_area(width, height, max((len(text) for _, text in ticks), default=1), bool(y_label))
    if area.columns < 1 or area.rows < 1:
        return fit(Drawing(0, ()), width, height).showing(plot)

    slots = _Slots(values, area.columns, first)
    series = {number: palette.series[colours[number]] for number in highlighted if number in colours}
    styles = {number: palette.style(series.get(number, palette.accent), bold=True) for number in highlighted}
    by_slot = {slots.slot(number): style for number, style in styles.items()}
    canvas = _draw_bars(slots, by_slot, low, high, area.rows, palette)

    def read(column: int, row: int) -> Readout | None:
        if (number := slots.number_at(column)) is None:
            return None
        name = names[number - first] if names else f"{x_label} {number:,}".strip()
        target = targets[number - first] if targets else None
        return Readout(f"{name}: {format_value(values[number - first])}", target)

    drawing = draw_frame(
        replace(canvas, areas=(ReadoutArea(0, 0, canvas.width, canvas.height + area.axes, read),)),  # and the pointers
        area,
        palette,
        y_ticks=ticks,
        x_choices=_x_choices(slots, labels, palette),
        x_label=x_label,
        width=width,
        header=header_line(y_label, (), width, palette),
        marked={slots.middle(number): style for number, style in styles.items()},
    )
    return fit(drawing, width, height).showing(plot)


def _limits(values: NDArray[np.floating]) -> tuple[float, float]:
    """The lowest and the highest finite value or zero."""
    finite = values[np.isfinite(values)]
    low = min(float(finite.min()), 0.0) if finite.size else 0.0
    high = max(float(finite.max()), 0.0) if finite.size else 0.0
    return low, high if high > low else low + 1.0


def _x_choices(slots: _Slots, labels: Sequence[str] | None, palette: Palette) -> list[list[tuple[int, str]]]:
    """(column, text) of the labels below the bars, or of numbers: many, fewer and so on."""
    first, count = slots.first, len(slots.values)
    if labels is not None:
        return [[(slots.middle(first + index), palette.text(label)) for index, label in enumerate(labels[:count])]]
    return _number_choices(first, count, slots.columns) if count else []


@lru_cache(maxsize=64)
def _number_choices(first: int, count: int, columns: int) -> list[list[tuple[int, str]]]:
    """(column, text) of round numbers of bars: as many as fit, fewer and so on."""
    slots, most = _Slots(np.zeros(count), columns, first), min(max(columns // 6, 1), 12)
    choices = [linear_ticks(first, first + count - 1, fewer) for fewer in range(most, 0, -1)]
    numbers = [[round(tick.value) for tick in ticks if tick.value == round(tick.value)] for ticks in choices]
    different = (chosen for chosen, before in zip(numbers, [None, *numbers], strict=False) if chosen != before)
    return [[(slots.middle(number), f"{number:,}") for number in chosen] for chosen in different]


def _draw_bars(
    slots: _Slots, highlighted: Mapping[int, Style], low: float, high: float, rows: int, palette: Palette
) -> Drawing:
    """Draw the bars without a frame, the `highlighted` slots in their style."""
    glyphs = np.full((rows, slots.count, slots.step), ord(" "), dtype=np.uint32)
    glyphs[:, :, : slots.thick] = _bar_glyphs(slots.pooled(), low, high, rows, palette)[:, :, None]
    across = slots.count * slots.step
    codes = np.zeros(slots.count, dtype=np.intp)
    codes[list(highlighted)] = range(1, len(highlighted) + 1)
    codes = codes.repeat(slots.step)
    styles = (palette.style(palette.series[0]), *highlighted.values())
    return draw_grid(glyphs.reshape(rows, across), np.broadcast_to(codes, (rows, across)), styles)


def _bar_glyphs(values: NDArray[np.floating], low: float, high: float, rows: int, palette: Palette) -> Glyphs:
    """The glyphs of the bars, [row from the top, bar]."""
    below = round(-low / (high - low) * rows)  # rows below zero
    if low < 0:
        below = min(max(below, 1), rows)
    above = rows - below
    values = np.nan_to_num(values, nan=0.0, posinf=high, neginf=low)
    up = np.round(np.maximum(values, 0.0) / high * above * 8) if high > 0 else np.zeros(len(values))
    down = np.round(np.maximum(-values, 0.0) / -low * below * 2) if low < 0 else np.zeros(len(values))
    eighths = np.clip(up - 8 * np.arange(above - 1, -1, -1)[:, None], 0, 8).astype(np.intp)
    halves = np.clip(down - 2 * np.arange(below)[:, None], 0, 2).astype(np.intp)
    rising = _HALF_RISING if palette.markers == "half" else _ASCII_RISING if palette.ascii else _RISING
    falling = _ASCII_FALLING if palette.ascii else _FALLING
    return np.concatenate([rising[eighths], falling[halves]])
