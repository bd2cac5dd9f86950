"""Whether neurons write what they read: the phase of each neuron against that of its row of W_logit."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.frequency_colours import REST_COLOUR, frequency_colour
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.neuron_points import neuron_points
from grok_tui.views.view import CLUSTER_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_tuning import NeuronPhases
    from grok_tui.session.selection import Selection

_DIAGONAL = 0  # the palette's blue, which no cluster has


@dataclass(frozen=True, eq=False)
class NeuronPhasesAnswer:
    epoch: int
    keys: tuple[int, ...]
    cluster: NDArray[np.int64]  # [neuron]: the key frequency of its cluster, 0 for the rest
    phases: NeuronPhases
    agreement: dict[int, float]  # by key frequency; without empty clusters
    selected: int  # frequency of the selected neuron's cluster, 0 for the rest


def query(explorer: Explorer, selection: Selection) -> NeuronPhasesAnswer:
    from engine.metrics.neuron_clusters import membership
    from engine.metrics.neuron_tuning import neuron_phases, phase_agreement

    keys = explorer.keys(selection.reference_epoch)
    summary = explorer.summary(selection.epoch)
    cluster = membership(summary.neurons, keys)
    phases = neuron_phases(explorer.network(selection.epoch), summary.spectra, cluster)
    means = ((key, phase_agreement(phases, cluster == key)) for key in keys)
    agreement = {key: mean for key, mean in means if mean is not None}
    selected = int(cluster[explorer.check.neuron(selection.neuron)])
    return NeuronPhasesAnswer(selection.epoch, keys, cluster, phases, agreement, selected)


def title(answer: NeuronPhasesAnswer) -> str:
    shown = f"frequency {answer.selected}" if answer.selected else "all clusters"
    return f"phases of neurons and of what they write · {shown} · epoch {answer.epoch:,}"


def draw(answer: NeuronPhasesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=1 if height < 14 else 2)
    ends = np.array([-pi, pi])
    chart = line_chart(
        [Series("equal", ends, ends, colour=_DIAGONAL), *_series(answer)],
        width,
        max(height - head.height, 1),
        palette,
        x_label="phase of neuron (rad)",
        y_label="phase of its W_logit row (rad)",
        y_range=(-pi * 1.03, pi * 1.03),
    )
    return fit(above(head, chart.drawing), width, height)


def _series(answer: NeuronPhasesAnswer) -> list[Series]:
    """The selected cluster over one series of all others; if the rest is selected, one series per cluster."""
    phases, series = answer.phases, []
    if answer.selected:
        others = (answer.cluster > 0) & (answer.cluster != answer.selected)
        chosen = answer.cluster == answer.selected
        groups = [
            ("other clusters", others, REST_COLOUR),
            (f"freq {answer.selected}", chosen, frequency_colour(answer.selected, answer.keys)),
        ]
    else:
        groups = [(f"freq {key}", answer.cluster == key, frequency_colour(key, answer.keys)) for key in answer.keys]
    for name, members, colour in groups:
        if members.any():
            x, y = phases.phase[members], phases.output_phase[members]
            clusters = [f"freq {k}" for k in answer.cluster[members].tolist()]
            series.append(neuron_points(name, np.flatnonzero(members), x, y, colour=colour, clusters=clusters))
    return series


def _facts(answer: NeuronPhasesAnswer) -> list[str]:
    """The phase agreement of each cluster, the selected one first."""
    if not answer.agreement:
        return ["no neuron is in a cluster at this epoch"]
    order = sorted(answer.agreement, key=lambda key: key != answer.selected)
    means = [f"freq {key}: {answer.agreement[key]:.3f}" for key in order]
    return [f"mean cos of the difference, {means[0]}", *means[1:]]


def table(answer: NeuronPhasesAnswer) -> Table:
    columns = (
        Column("neuron", format=",d"),
        Column("cluster", format="d", names=True),
        Column("phase", format=".3f"),
        Column("amplitude", format=".3g"),
        Column("output_phase", format=".3f"),
        Column("output_amplitude", format=".3g"),
    )
    phases = answer.phases
    values = (phases.phase, phases.amplitude, phases.output_phase, phases.output_amplitude)
    tuned = np.flatnonzero(answer.cluster)
    rows = ((int(n), int(answer.cluster[n]), *(float(value[n]) for value in values)) for n in tuned)
    return Table(columns, tuple(rows))


VIEW = View(
    name="neuron-phases",
    about=About(
        shows=(
            "Whether neurons write what they read. One point per neuron of a cluster: across the phase of what it "
            "reads from x and y, up the phase of what it writes to the logits, both in radians. On the line the two "
            "are equal. The selected neuron's cluster has its own colour; if the rest is selected every cluster has "
            "one."
        ),
        definition=(
            "For a neuron of frequency k, w_k = 2 pi k / p, the part of its activation that depends on x ± y and of "
            "its row of W_logit = W_out W_U over z:\n"
            "  activation: A cos(w_k (x ± y) - f)\n"
            "  row: C cos(w_k z - g)\n"
            "f is atan2 of the coefficients on sin w_k(x±y) and cos w_k(x±y), g that of those on sin w_k z and cos "
            "w_k z; for k = p/2, without sines, they are 0 or pi. Above the chart, cluster by cluster: the mean of "
            "cos(f - g), 1 where all agree, 0 by chance. The table has A and C too."
        ),
        reading=(
            "After grokking nearly all points are on the line, and the means are 0.98 or more: where f = g a neuron "
            "votes for z = x ± y. A cluster whose phases cover the whole circle adds up to cos w_k(x ± y - z), the "
            "study's formula. The corners -pi and pi are the same angle: points at the top left or bottom right are "
            "on the line, too. Before grokking there are no clusters and no points. The rest is not shown, as it has "
            "no frequency of its own."
        ),
    ),
    needs=("W_logit",),
    keys=(*CLUSTER_KEYS, "neuron.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
