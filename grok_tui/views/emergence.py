"""The frequencies that would be key if each epoch were its own reference epoch."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Span, above, fit
from grok_tui.render.frequency_colours import frequency_style
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.plots import MapPlot
from grok_tui.render.readout import format_value
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.epoch_charts import heading
from grok_tui.views.shared.epoch_curves import run_metrics_so_far
from grok_tui.views.shared.epoch_strips import EpochMarks, by_marked_epochs, column_of, pointers
from grok_tui.views.shared.fact_line import flow, muted_line
from grok_tui.views.shared.frequency_strips import LEFT, RIGHT, choose_strips, draw_strips, strips_axis
from grok_tui.views.shared.frequency_strips import Strips as Shades
from grok_tui.views.view import About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.explorer.run_metrics import RunMetricsSnapshot
    from grok_tui.session.selection import Selection


@dataclass(frozen=True, eq=False)
class Strips:
    """The neurons tuned to each frequency that is key at some measured epoch."""

    run_metrics: RunMetricsSnapshot
    epochs: NDArray[np.float64]  # [epoch]
    frequencies: tuple[int, ...]  # ascending
    neurons: NDArray[np.float64]  # [frequency, epoch], 0 where the frequency is not key

    @cached_property
    def shades(self) -> Shades:
        """The strips as they are drawn."""
        scale = Scale(0.0, float(self.neurons.max()), False, "neurons tuned to it")
        return Shades(self.epochs, self.neurons, scale, self._text_of)

    def _text_of(self, index: int, neurons: float) -> str:
        return f"k = {self.frequencies[index]}: {format_value(neurons)} neurons"


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
    columns = width - LEFT - RIGHT
    if not strips.frequencies or columns < 4:
        none = ["no frequency is key at any measured epoch"] if len(strips.epochs) and not strips.frequencies else []
        return fit(above(top, flow(none, width, palette)), width, height)
    axis = strips_axis(strips.shades, columns, width, palette)
    at = [column_of(epoch, strips.epochs, columns) for epoch in answer.marked_epochs]
    above_strips = pointers([None if c is None else LEFT + c for c in at], width, answer.marked_epochs, palette)
    rows = _rows(answer, columns, max(height - top.height - axis.height - 1, 1), palette)
    rows = rows.showing(_plot(answer, palette))
    return fit(above(top, above_strips, rows, axis), width, height)


def _plot(answer: EmergenceAnswer, palette: Palette) -> MapPlot:
    """All strips with all checkpoints, blank where a frequency is not key."""
    strips = answer.strips
    return MapPlot(
        np.where(strips.neurons > 0, strips.neurons, np.nan),
        strips.shades.scale,
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
    chosen = choose_strips(strips.neurons, height)
    now = strips.shades.index_of(answer.epoch)

    def label(index: int) -> Span:
        k = strips.frequencies[index]
        key = k in answer.keys
        ink = frequency_style(k, answer.keys, palette) if key else palette.style(palette.foreground)
        return Span(f"{palette.text('▸') if key else ' '}{k:>3} ", ink)

    def tail(index: int) -> str:
        count = 0.0 if now is None else strips.neurons[index, now]
        return f"{count:,.0f}" if count else ""

    rows = draw_strips(strips.shades, chosen, columns, height, palette, label=label, tail=tail)
    if (left_out := len(strips.frequencies) - len(chosen)) == 0 or height < 2:
        return rows
    note = palette.text(f"… {left_out} more with fewer neurons")
    return above(rows, muted_line(note, rows.width, palette))


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
