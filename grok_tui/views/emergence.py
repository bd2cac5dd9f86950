"""The frequencies that would be key if each epoch were its own reference epoch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Span, above, fit, put
from grok_tui.render.frequency_colours import frequency_style
from grok_tui.render.maps.paint import level_count, paint
from grok_tui.render.maps.scale import Scale, line_legend
from grok_tui.render.palette import Palette
from grok_tui.render.plots import MapPlot
from grok_tui.render.readout import Readout, ReadoutArea, format_value
from grok_tui.render.table import Column, Table
from grok_tui.render.tick_line import tick_line
from grok_tui.render.ticks import linear_ticks
from grok_tui.views.shared.epoch_charts import heading
from grok_tui.views.shared.epoch_curves import run_metrics_so_far
from grok_tui.views.shared.epoch_strips import (
    EpochMarks,
    by_marked_epochs,
    column_of,
    column_readout,
    pointers,
    resample_to_columns,
    with_epoch_cursor,
)
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEFT, _RIGHT = 5, 6  # cells for the frequency of a strip and for its number of neurons


@dataclass(frozen=True, eq=False)
class Strips:
    """The neurons tuned to each frequency that is key at some measured epoch."""

    run_metrics: RunMetricsSnapshot
    epochs: NDArray[np.float64]  # [epoch]
    frequencies: tuple[int, ...]  # ascending
    neurons: NDArray[np.float64]  # [frequency, epoch], 0 where the frequency is not key


@dataclass(frozen=True, eq=False)
class EmergenceAnswer(EpochMarks):
    reference_epoch: int
    keys: tuple[int, ...]  # of the reference epoch
    strips: Strips


def query(explorer: Explorer, selection: Selection) -> EmergenceAnswer:
    run_metrics = run_metrics_so_far(explorer, selection, "emergence")
    keys = explorer.keys(selection.reference_epoch)
    return EmergenceAnswer(selection.epoch, selection.reference_epoch, keys, _strips(run_metrics))


@lru_cache(maxsize=8)
def _strips(run_metrics: RunMetricsSnapshot) -> Strips:
    from engine.metrics.neuron_clusters import key_frequencies

    keys_by_epoch = [key_frequencies(metrics.neurons) for metrics in run_metrics.metrics]
    frequencies = tuple(sorted({k for keys in keys_by_epoch for k in keys}))
    neurons = np.zeros((len(frequencies), len(keys_by_epoch)))
    for index, (metrics, keys) in enumerate(zip(run_metrics.metrics, keys_by_epoch, strict=True)):
        tuned = metrics.neurons.frequency[metrics.neurons.tuned()]
        for k in keys:
            neurons[frequencies.index(k), index] = (tuned == k).sum()
    return Strips(run_metrics, np.array(run_metrics.epochs, dtype=np.float64), frequencies, neurons)


def title(answer: EmergenceAnswer) -> str:
    return f"emergence of key frequencies · epoch {answer.epoch:,} · keys of {answer.reference_epoch:,}"


def draw(answer: EmergenceAnswer, width: int, height: int, palette: Palette) -> Drawing:
    strips = answer.strips
    top = heading(strips.run_metrics, width, height, palette, [palette.text(fact) for fact in _facts(answer)])
    columns = width - _LEFT - _RIGHT
    if not strips.frequencies or columns < 4:
        none = "no frequency is key at any measured epoch" if len(strips.epochs) and not strips.frequencies else ""
        return fit(above(top, Drawing.of_lines([none], width, palette.style(palette.muted))), width, height)
    axis = _axis(strips, columns, width, palette)
    at = [column_of(epoch, strips.epochs, columns) for epoch in answer.marked_epochs]
    above_strips = pointers([None if c is None else _LEFT + c for c in at], width, answer.marked_epochs, palette)
    rows = _rows(answer, columns, max(height - top.height - axis.height - 1, 1), palette)
    rows = rows.showing(_plot(answer, palette))
    return fit(above(top, above_strips, rows, axis), width, height)


def _plot(answer: EmergenceAnswer, palette: Palette) -> MapPlot:
    """All strips with all checkpoints, blank where a frequency is not key."""
    strips = answer.strips
    return MapPlot(
        np.where(strips.neurons > 0, strips.neurons, np.nan),
        Scale(0.0, float(strips.neurons.max()), False, "neurons tuned to it"),
        "epoch",
        "frequency k",
        x=strips.epochs,
        y_names=[(index, str(k)) for index, k in enumerate(strips.frequencies)],
        y_styles=[frequency_style(k, answer.keys, palette) for k in strips.frequencies],
        cursors=tuple(map(float, answer.marked_epochs)),
    )


def _facts(answer: EmergenceAnswer) -> list[str]:
    strips = answer.strips
    indices = np.flatnonzero(strips.epochs == answer.epoch)
    facts = [f"▸ key at epoch {answer.reference_epoch:,}: {', '.join(map(str, answer.keys)) or 'none'}"]
    if indices.size:
        counts = dict(zip(strips.frequencies, strips.neurons[:, indices[0]].astype(int).tolist(), strict=True))
        own_keys = ", ".join(str(k) for k, count in counts.items() if count)
        facts.append(f"from epoch {answer.epoch:,} alone: {own_keys or 'none'}")
    return facts


def _rows(answer: EmergenceAnswer, columns: int, height: int, palette: Palette) -> Drawing:
    """A strip for each frequency, as thick as fits; if not all fit, those with the most neurons."""
    strips = answer.strips
    room = max(height - 1, 1) if len(strips.frequencies) > height else height
    largest = np.argsort(-strips.neurons.max(axis=1), kind="stable")[:room]
    chosen = sorted(largest.tolist())
    scale = Scale(0.0, float(strips.neurons.max()), False, "neurons")
    by_column = resample_to_columns(strips.neurons, strips.epochs, columns)[chosen]
    body = paint(_levels(scale, by_column, palette), palette, False)
    strip_of_line: list[int] = []
    indices = np.flatnonzero(strips.epochs == answer.epoch)
    lines: list[Line] = []
    thick = min(max(height // len(chosen), 1), 4)
    for line, index in zip(body.lines, chosen, strict=True):
        k = strips.frequencies[index]
        key = k in answer.keys
        ink = frequency_style(k, answer.keys, palette) if key else palette.style(palette.foreground)
        label = Span(f"{palette.text('▸') if key else ' '}{k:>3} ", ink)
        count = strips.neurons[index, indices[0]] if indices.size else 0
        tail = Span(f"{count:>{_RIGHT - 1},.0f}" if count else "", palette.style(palette.muted))
        lines.append((label, *line, tail))
        lines.extend([(Span(" " * _LEFT), *line)] * (thick - 2))
        lines.extend([()] * (thick > 1))
        strip_of_line.extend([len(strip_of_line) // thick] * thick)
    if (left_out := len(strips.frequencies) - len(chosen)) > 0 and height > 1:
        lines.append((Span(palette.text(f"… {left_out} more with fewer neurons"), palette.style(palette.muted)),))

    def text_of(row: int, neurons: NDArray[np.float64]) -> str:
        strip = strip_of_line[row]
        return f"k = {strips.frequencies[chosen[strip]]}: {format_value(neurons[strip])} neurons"

    def read(column: int, row: int) -> Readout:
        return column_readout(column, strips.epochs, columns, text_of(row, by_column[:, column]))

    def text_at(index: int, row: int) -> str:
        return text_of(row, strips.neurons[chosen, index])

    area = with_epoch_cursor(ReadoutArea(_LEFT, 0, columns, len(strip_of_line), read), strips.epochs, text_at)
    return replace(Drawing.of_lines(lines, columns + _LEFT + _RIGHT), areas=(area,))


def _levels(scale: Scale, counts: NDArray[np.float64], palette: Palette) -> NDArray[np.intp]:
    """The level of each strip and column: 0 where the frequency is not key, visible even for few neurons."""
    n_levels = level_count(palette, False)
    levels = np.where(counts > 0, np.maximum(scale.levels(counts, n_levels), n_levels // 8 or 1), 0)
    return levels.repeat(palette.rows_per_cell, axis=0)


def _axis(strips: Strips, columns: int, width: int, palette: Palette) -> Drawing:
    """The epochs below the strips, and the legend of the shades."""
    muted = palette.style(palette.muted)
    first, last = float(strips.epochs[0]), float(strips.epochs[-1])
    choices = [linear_ticks(first, last, count) for count in range(max(columns // 11, 2), 0, -1)]
    at = [[(column_of(tick.value, strips.epochs, columns) or 0, tick.text) for tick in ticks] for ticks in choices]
    placed, title_start = tick_line(at, columns, "epoch", _LEFT, columns + _RIGHT)
    line = Drawing.of_lines([""], width, muted)
    for start, text in [*placed, *([] if title_start is None else [(title_start, "epoch")])]:
        line = put(line, _LEFT + start, 0, text, muted)
    scale = Scale(0.0, float(strips.neurons.max()), False, "neurons tuned to it")
    return above(line, line_legend(scale, width, palette))


def table(answer: EmergenceAnswer) -> Table:
    columns = (Column("epoch", format=",d"), Column("frequency"), Column("neurons"), Column("key_at_reference"))
    strips = answer.strips
    counts = strips.neurons.T.astype(int).tolist()
    rows = tuple(
        (int(epoch), k, count, k in answer.keys)
        for epoch, by_frequency in zip(strips.epochs, counts, strict=True)
        for k, count in zip(strips.frequencies, by_frequency, strict=True)
        if count
    )
    return Table(columns, rows, keys=2)


VIEW = View(
    name="emergence",
    about=About(
        shows=(
            "Which frequencies would be key if each epoch were its own reference epoch. One strip for each frequency, "
            "epochs across on a linear axis, each column the nearest checkpoint; the shade is the number of neurons "
            "tuned to the frequency, empty where it is not key; the number on the right is that of the epoch shown. "
            "The mark on the left: key at the reference epoch."
        ),
        definition=(
            "A frequency is key at an epoch if at least max(2, 1% of d_mlp) neurons have it with a share of at least "
            "0.85. With E_k the energy of frequency k in a neuron's centred activations over (x, y):\n"
            "  frequency = argmax E_k, share = max E_k / sum of E_k\n"
            "Up to an eighth of the largest number has one shade, so that few neurons are visible."
        ),
        reading=(
            "Before grokking the strips are empty: no neuron is tuned. They begin during grokking, one after another, "
            "and stay. Strips that begin and end without the mark are frequencies that did not last. All other views "
            "use the key frequencies of the reference epoch at every epoch; this one uses no hindsight. That a "
            "frequency is absent here does not mean that it is absent in the weights: `embedding-history` sees it "
            "thousands of epochs earlier."
        ),
    ),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=by_marked_epochs(lambda answer: answer.strips.run_metrics),
)
