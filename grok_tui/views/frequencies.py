"""Every neuron's frequency, and how much of the neuron it explains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, Line, Span, above, fit
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.frequency_rules import RULES, FrequencyRules, query_rules, rule_facts
from grok_tui.views.shared.neuron_points import neuron_points
from grok_tui.views.view import NEURON_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Neurons
    from grok_tui.session.selection import Selection

_SHADES = "colour: active on 0% "
_SPREAD = 0.8  # width of the column of one frequency
_QUARTERS = ((0.0, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 1.01))  # of fraction active, without colour


@dataclass(frozen=True, eq=False)
class FrequenciesAnswer:
    epoch: int
    rules: FrequencyRules
    neurons: Neurons
    threshold: float  # the share at which a neuron counts as tuned
    n_frequencies: int
    selected: int


def query(explorer: Explorer, selection: Selection) -> FrequenciesAnswer:
    from engine.metrics.neuron_clusters import SHARE_THRESHOLD

    return FrequenciesAnswer(
        epoch=selection.epoch,
        rules=query_rules(explorer, selection),
        neurons=explorer.summary(selection.epoch).neurons,
        threshold=SHARE_THRESHOLD,
        n_frequencies=explorer.config.n_frequencies,
        selected=explorer.check.neuron(selection.neuron),
    )


def title(answer: FrequenciesAnswer) -> str:
    return f"frequency of every neuron · neuron {answer.selected} · epoch {answer.epoch:,}"


def draw(answer: FrequenciesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=1 if height < 14 else 2 if height < 20 else 3)
    if height >= 8 and palette.colour and (shades := _shades(width, palette)):
        head = above(head, Drawing.of_lines([shades], width))
    chart = line_chart(
        [_threshold(answer), *_points(answer, palette)],
        width,
        max(height - head.height, 1),
        palette,
        x_label="k",
        y_label="share at frequency k",
        y_range=(0.0, 1.02),
    )
    frequency = int(answer.neurons.frequency[answer.selected])
    drawing = chart.with_cursor(frequency, palette, str(frequency)) if frequency else chart.drawing
    return fit(above(head, drawing), width, height)


def _facts(answer: FrequenciesAnswer) -> list[str]:
    neurons, total = answer.neurons, len(answer.neurons.frequency)
    constant = int((neurons.frequency == 0).sum())
    facts = [f"{int(neurons.tuned().sum()):,} of {total:,} neurons at share {answer.threshold} or more"]
    facts += [f"{constant:,} constant, not shown"] if constant else []
    return [*facts, *rule_facts(answer.rules)]


def _points(answer: FrequenciesAnswer, palette: Palette) -> list[Series]:
    """One series shaded by fraction active; without colour one series per quarter of that fraction."""
    neurons = answer.neurons
    alive = neurons.frequency > 0
    # Neurons of one frequency are spread to both sides so that they do not hide each other: neighbours in share
    # are far apart (multiples of the golden ratio).
    offset = np.argsort(np.argsort(neurons.share)) * 0.618034 % 1.0
    frequency = np.where(alive, neurons.frequency + _SPREAD * (offset - 0.5), np.nan)
    if palette.colour:
        order = np.argsort(neurons.fraction_active)
        x, y, shade = frequency[order], neurons.share[order], neurons.fraction_active[order]
        return [neuron_points("", order, x, y, shade=shade, shade_label="active on this share of the pairs")]
    series = []
    for low, high in _QUARTERS:
        members = alive & (neurons.fraction_active >= low) & (neurons.fraction_active < high)
        name = f"active {low:.0%}-{min(high, 1.0):.0%}"
        series.append(neuron_points(name, np.flatnonzero(members), frequency[members], neurons.share[members]))
    return series


def _threshold(answer: FrequenciesAnswer) -> Series:
    ends = np.array([1.0, max(answer.n_frequencies, 2)])
    return Series(f"share {answer.threshold}", ends, np.full(2, answer.threshold), colour=7)


def _shades(width: int, palette: Palette) -> Line:
    """The colour scale of the points, without the steps nearest to the background; empty if it does not fit."""
    muted = palette.style(palette.muted)
    ramp = [Span(palette.text("•"), palette.style(colour)) for colour in palette.sequential[3:]]
    room = width - len(_SHADES) - len(ramp)
    ends = [end for end in (" 100% of the pairs", " 100% of pairs", " 100%") if len(end) <= room]
    return (Span(_SHADES, muted), *ramp, Span(ends[0], muted)) if ends else ()


def table(answer: FrequenciesAnswer) -> Table:
    neurons = answer.neurons
    columns = (
        Column("neuron", format=",d"),
        Column("frequency", format="d", names=True),
        Column("share", format=".3f"),
        Column("variance_explained", format=".3f"),
        Column("fraction_active", format=".3f"),
    )
    rows = tuple(
        (
            neuron,
            int(frequency) or None,
            none_if_nan(neurons.share[neuron]),
            none_if_nan(neurons.variance_explained[neuron]),
            float(neurons.fraction_active[neuron]),
        )
        for neuron, frequency in enumerate(neurons.frequency)
    )
    return Table(columns, rows)


VIEW = View(
    name="frequencies",
    about=About(
        shows=(
            "Every neuron's frequency, and how much of the neuron it explains. One point per neuron: frequency k "
            "across, share up, and the colour (without colour the mark) for how often it is active. The horizontal "
            "line is the share of 0.85 at which a neuron counts as tuned; the vertical line is the selected neuron's "
            "frequency. Above: the key frequencies, those that are strong in the logits and in the embedding, and "
            "those that only one of these three rules finds."
        ),
        definition=(
            "With E_k the energy of frequency k in the neuron's centred activations over (x, y), that is of its 8 "
            "Fourier coefficients on cos and sin of w_k x and of w_k y and on their products, w_k = 2 pi k / p:\n"
            "  frequency = argmax E_k\n"
            "  share = max E_k / sum of E_k (the study's frac explained)\n"
            "  active = share of the pairs with pre-activation > 0\n"
            "Neurons of one frequency are drawn slightly apart, or they would hide each other. A key frequency has at "
            "least max(2, 1% of d_mlp) tuned neurons in the reference epoch. Other rules find k:\n" + RULES
        ),
        reading=(
            "At epoch 0 the points are low (shares below about 0.2) and spread over all frequencies; some neurons "
            "are constant and not shown. Before grokking some begin to rise; while the test loss falls they shoot up "
            "past the line at a few frequencies. A grokked network has a few tall columns, its key frequencies, of "
            "neurons active a little more than half the time, and below the line the rest, which are nearly always "
            "active. The share ignores products of two different frequencies; variance explained, in the table, "
            "counts them."
        ),
    ),
    keys=(*NEURON_KEYS, "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
