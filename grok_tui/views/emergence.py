"""Which frequencies each epoch's own neurons would make key."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Line, Span, above, fit
from grok_tui.render.maps.paint import level_count, paint
from grok_tui.render.maps.scale import Scale, line_legend
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Area, Reading, figure
from grok_tui.render.table import Column, Table
from grok_tui.render.ticks import linear_ticks, place_with_label
from grok_tui.views.shared.epoch_charts import heading
from grok_tui.views.shared.epoch_curves import measured
from grok_tui.views.shared.epoch_strips import (
    Marked,
    both_marked,
    column_of,
    over_columns,
    over_epochs,
    pointers,
    reading_of,
)
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection

_LEFT, _RIGHT = 5, 6  # cells for a strip's frequency, and for its number of neurons


@dataclass(frozen=True, eq=False)
class Strips:
    """The neurons tuned to each frequency that is key at some measured epoch."""

    history: RunMetricsSnapshot
    epochs: NDArray[np.float64]  # [epoch]
    frequencies: tuple[int, ...]  # ascending
    neurons: NDArray[np.float64]  # [frequency, epoch], 0 where it is not key


@dataclass(frozen=True, eq=False)
class Emergence(Marked):
    reference_epoch: int
    keys: tuple[int, ...]  # of the reference epoch
    strips: Strips


def query(explorer: Explorer, selection: Selection) -> Emergence:
    history = measured(explorer, selection, "emergence")
    keys = explorer.keys(selection.reference_epoch)
    return Emergence(selection.epoch, selection.reference_epoch, keys, _strips(history))


@lru_cache(maxsize=8)
def _strips(history: RunMetricsSnapshot) -> Strips:
    from engine.metrics.neuron_clusters import key_frequencies

    alone = [key_frequencies(one.neurons) for one in history.metrics]
    frequencies = tuple(sorted({k for keys in alone for k in keys}))
    neurons = np.zeros((len(frequencies), len(alone)))
    for index, (one, keys) in enumerate(zip(history.metrics, alone, strict=True)):
        tuned = one.neurons.frequency[one.neurons.tuned()]
        for k in keys:
            neurons[frequencies.index(k), index] = (tuned == k).sum()
    return Strips(history, np.array(history.epochs, dtype=np.float64), frequencies, neurons)


def title(answer: Emergence) -> str:
    return f"emergence of key frequencies · epoch {answer.epoch:,} · keys of {answer.reference_epoch:,}"


def draw(answer: Emergence, width: int, height: int, palette: Palette) -> Drawing:
    strips = answer.strips
    top = heading(strips.history, width, height, palette, [palette.text(fact) for fact in _facts(answer)])
    columns = width - _LEFT - _RIGHT
    if not strips.frequencies or columns < 4:
        none = "no frequency is key at any measured epoch" if len(strips.epochs) and not strips.frequencies else ""
        return fit(above(top, Drawing.of_lines([none], width, palette.style(palette.muted))), width, height)
    axis = _axis(strips, columns, width, palette)
    at = [column_of(epoch, strips.epochs, columns) for epoch in answer.marked]
    above_strips = pointers([None if c is None else _LEFT + c for c in at], width, answer.marked, palette)
    rows = _rows(answer, columns, max(height - top.height - axis.height - 1, 1), palette)
    return fit(above(top, above_strips, rows, axis), width, height)


def _facts(answer: Emergence) -> list[str]:
    strips = answer.strips
    there = np.flatnonzero(strips.epochs == answer.epoch)
    told = [f"▸ key at epoch {answer.reference_epoch:,}: {', '.join(map(str, answer.keys)) or 'none'}"]
    if there.size:
        counts = dict(zip(strips.frequencies, strips.neurons[:, there[0]].astype(int).tolist(), strict=True))
        alone = ", ".join(str(k) for k, count in counts.items() if count)
        told.append(f"by epoch {answer.epoch:,} alone: {alone or 'none'}")
    return told


def _rows(answer: Emergence, columns: int, height: int, palette: Palette) -> Drawing:
    """A strip a frequency, as thick as there is room; those of most neurons where there is little."""
    strips = answer.strips
    room = max(height - 1, 1) if len(strips.frequencies) > height else height
    largest = np.argsort(-strips.neurons.max(axis=1), kind="stable")[:room]
    chosen = sorted(largest.tolist())
    scale = Scale(0.0, float(strips.neurons.max()), False, "neurons")
    laid = over_columns(strips.neurons, strips.epochs, columns)[chosen]
    body = paint(_levels(scale, laid, palette), palette, False)
    strip_of_line: list[int] = []
    there = np.flatnonzero(strips.epochs == answer.epoch)
    lines: list[Line] = []
    thick = min(max(height // len(chosen), 1), 4)
    for line, index in zip(body.lines, chosen, strict=True):
        k = strips.frequencies[index]
        key = k in answer.keys
        label = Span(f"{palette.text('▸') if key else ' '}{k:>3} ", palette.style(palette.foreground, bold=key))
        count = strips.neurons[index, there[0]] if there.size else 0
        tail = Span(f"{count:>{_RIGHT - 1},.0f}" if count else "", palette.style(palette.muted))
        lines.append((label, *line, tail))
        lines.extend([(Span(" " * _LEFT), *line)] * (thick - 2))
        lines.extend([()] * (thick > 1))
        strip_of_line.extend([len(strip_of_line) // thick] * thick)
    if (left_out := len(strips.frequencies) - len(chosen)) > 0 and height > 1:
        lines.append((Span(palette.text(f"… {left_out} more, of fewer neurons"), palette.style(palette.muted)),))

    def said(row: int, neurons: NDArray[np.float64]) -> str:
        strip = strip_of_line[row]
        return f"k = {strips.frequencies[chosen[strip]]}: {figure(neurons[strip])} neurons"

    def read(column: int, row: int) -> Reading:
        return reading_of(column, strips.epochs, columns, said(row, laid[:, column]))

    def told(index: int, row: int) -> str:
        return said(row, strips.neurons[chosen, index])

    area = over_epochs(Area(_LEFT, 0, columns, len(strip_of_line), read), strips.epochs, told)
    return replace(Drawing.of_lines(lines, columns + _LEFT + _RIGHT), areas=(area,))


def _levels(scale: Scale, laid: NDArray[np.float64], palette: Palette) -> NDArray[np.intp]:
    """A level a strip and column, 0 where it is not key; few neurons get a shade that can be told from none."""
    count = level_count(palette, False)
    levels = np.where(laid > 0, np.maximum(scale.levels(laid, count), count // 8 or 1), 0)
    return levels.repeat(palette.stacked, axis=0)


def _axis(strips: Strips, columns: int, width: int, palette: Palette) -> Drawing:
    """The epochs below the strips, and what their shades mean."""
    ticks = linear_ticks(float(strips.epochs[0]), float(strips.epochs[-1]), max(columns // 11, 2))
    at = [(column_of(tick.value, strips.epochs, columns) or 0, tick.text) for tick in ticks]
    placed, label = place_with_label(at, columns, "epoch", columns)
    line = [" "] * (width + 8)
    for start, text in [*placed, *([] if label is None else [(label, "epoch")])]:
        line[_LEFT + start : _LEFT + start + len(text)] = text
    scale = Scale(0.0, float(strips.neurons.max()), False, "neurons tuned to it")
    numbers = Drawing.of_lines(["".join(line)], width, palette.style(palette.muted))
    return above(numbers, line_legend(scale, width, palette))


def table(answer: Emergence) -> Table:
    columns = (Column("epoch", format=",d"), Column("frequency"), Column("neurons"), Column("key_at_reference"))
    strips = answer.strips
    counts = strips.neurons.T.astype(int).tolist()
    rows = tuple(
        (int(epoch), k, count, k in answer.keys)
        for epoch, of_epoch in zip(strips.epochs, counts, strict=True)
        for k, count in zip(strips.frequencies, of_epoch, strict=True)
        if count
    )
    return Table(columns, rows, keys=2)


VIEW = View(
    name="emergence",
    about=About(
        shows=(
            "Which frequencies each epoch by itself would call key. One strip a frequency, epochs across on a linear "
            "axis, each column the nearest checkpoint; the shade is the number of neurons tuned to it, nothing where "
            "it is not key, and the number on the right that of the epoch on show. The mark on the left: key at the "
            "reference epoch."
        ),
        definition=(
            "A frequency is key at an epoch if it is that of at least max(2, 1% of d_mlp) neurons whose share there "
            "is at least 0.85. With E_k the energy of frequency k in a neuron's centred activations over (x, y):\n"
            "  frequency = argmax E_k, share = max E_k / sum of E_k\n"
            "Up to an eighth of the largest number has one shade, so that few can be told from none."
        ),
        reading=(
            "Before grokking there is nothing: no neuron is tuned. Strips begin within the grokking phase, one after "
            "another, and stay. Strips that begin and end without the mark are frequencies that lost. All other views "
            "use the reference epoch's key frequencies at every epoch; this one shows what one could have known at "
            "the time. That a frequency is absent here does not mean that it is absent in the weights: "
            "`embedding-history` sees it thousands of epochs earlier."
        ),
    ),
    keys=("crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    over_epochs=True,
    comparing=both_marked(lambda answer: answer.strips.history),
)
