"""Strips: a line of shades over the epochs for each frequency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Span, above, text_line
from grok_tui.render.maps.paint import level_count, paint
from grok_tui.render.maps.scale import Scale, line_legend
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Readout, ReadoutArea
from grok_tui.render.tick_line import tick_line
from grok_tui.render.ticks import linear_ticks
from grok_tui.views.shared.epoch_strips import column_of, column_readout, resample_to_columns, with_epoch_cursor

LEFT, RIGHT = 5, 6  # cells for the frequency of a strip, and for its value at the epoch shown

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Strips:
    """Values of frequencies over epochs, blank where they are 0."""

    epochs: _Array  # [epoch]
    values: _Array  # [frequency, epoch]
    scale: Scale
    text_of: Callable[[int, float], str]  # the readout of a value, by the index of its frequency

    def index_of(self, epoch: int) -> int | None:
        """The index of an epoch; None if it is not measured."""
        indices = np.flatnonzero(self.epochs == epoch)
        return int(indices[0]) if indices.size else None


def choose_strips(values: _Array, height: int) -> list[int]:
    """The indices of the frequencies that fit on so many lines: those with the largest values, in their order."""
    room = max(height - 1, 1) if len(values) > height else height
    return sorted(np.argsort(-values.max(axis=1), kind="stable")[:room].tolist())


def draw_strips(
    strips: Strips,
    chosen: Sequence[int],
    columns: int,
    height: int,
    palette: Palette,
    *,
    label: Callable[[int], Span] | None,
    tail: Callable[[int], str] | None,
) -> Drawing:
    """The chosen strips, each as thick as fits, `columns` wide; `label` is left of a strip and `tail` right of it."""
    left, right = LEFT if label is not None else 0, RIGHT if tail is not None else 0
    by_column = resample_to_columns(strips.values, strips.epochs, columns)[list(chosen)]
    body = paint(_levels(strips.scale, by_column, palette), palette, False)
    thick = min(max(height // len(chosen), 1), 4)
    strip_of_line = np.repeat(np.arange(len(chosen)), thick).tolist()
    lines: list[Line] = []
    for line, index in zip(body.lines, chosen, strict=True):
        front = () if label is None else (label(index),)
        back = () if tail is None else (Span(tail(index).rjust(right - 1), palette.style(palette.muted)),)
        lines.append((*front, *line, *back))
        lines.extend([(Span(" " * left), *line) if left else line] * (thick - 2))
        lines.extend([()] * (thick > 1))

    def text_of(row: int, values: _Array) -> str:
        strip = strip_of_line[row]
        return strips.text_of(chosen[strip], float(values[strip]))

    def read(column: int, row: int) -> Readout:
        return column_readout(column, strips.epochs, columns, text_of(row, by_column[:, column]))

    def text_at(index: int, row: int) -> str:
        return text_of(row, strips.values[list(chosen), index])

    area = with_epoch_cursor(ReadoutArea(left, 0, columns, len(strip_of_line), read), strips.epochs, text_at)
    return replace(Drawing.of_lines(lines, columns + left + right), areas=(area,))


def _levels(scale: Scale, values: _Array, palette: Palette) -> NDArray[np.intp]:
    """The level of each strip and column: 0 where the value is 0, visible even for small ones."""
    n_levels = level_count(palette, False)
    levels = np.where(values > 0, np.maximum(scale.levels(values, n_levels), n_levels // 8 or 1), 0)
    return levels.repeat(palette.rows_per_cell, axis=0)


def strips_axis(strips: Strips, columns: int, width: int, palette: Palette, *, left: int = LEFT) -> Drawing:
    """The epochs below the strips, and the legend of the shades."""
    muted = palette.style(palette.muted)
    first, last = float(strips.epochs[0]), float(strips.epochs[-1])
    choices = [linear_ticks(first, last, count) for count in range(max(columns // 11, 2), 0, -1)]
    at = [[(column_of(tick.value, strips.epochs, columns) or 0, tick.text) for tick in ticks] for ticks in choices]
    placed, title_start = tick_line(at, columns, "epoch", left, width - left)
    texts = [*placed, *([] if title_start is None else [(title_start, "epoch")])]
    line = text_line([(left + start, Span(text, muted)) for start, text in texts], width)
    return above(line, line_legend(strips.scale, width, palette))
