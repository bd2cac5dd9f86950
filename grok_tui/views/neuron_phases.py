"""Whether neurons write what they read: the phase of each neuron against that of its row of W_logit."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from grok_tui.render.cells import Drawing, above, beside, fit
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
    from engine.metrics.phase_alignment import InputPhases
    from grok_tui.session.selection import Selection

_DIAGONAL = 0  # the palette's blue, which no cluster has
_LEAST_WIDTH = 50  # of one of two charts


@dataclass(frozen=True, eq=False)
class NeuronPhasesAnswer:
    epoch: int
    keys: tuple[int, ...]
    cluster: NDArray[np.int64]  # [neuron]: the key frequency of its cluster, 0 for the rest
    phases: NeuronPhases
    agreement: dict[int, float]  # by key frequency; without empty clusters
    inputs: InputPhases
    alignment: NDArray[np.float64]  # [neuron]: 2 phi - psi
    mean_alignment: dict[int, float]  # mean cosine of it, by key frequency; without clusters without input phases
    resultant: dict[int, float]  # length of the mean resultant of phi over a cluster, likewise
    selected: int  # frequency of the selected neuron's cluster, 0 for the rest
    below_threshold: bool  # the clusters are those of quadratic neurons, whose shares are below the threshold


def query(explorer: Explorer, selection: Selection) -> NeuronPhasesAnswer:
    from engine.metrics.neuron_clusters import membership
    from engine.metrics.neuron_tuning import neuron_phases, phase_agreement
    from engine.metrics.phase_alignment import input_phases, phase_alignment, quadratic_clusters, resultant_length

    keys = explorer.keys(selection.reference_epoch)
    summary, network = explorer.summary(selection.epoch), explorer.network(selection.epoch)
    cluster = membership(summary.neurons, keys)
    is_quadratic = explorer.run.config.reported().get("act_fn") == "quadratic"
    below_threshold = is_quadratic and not cluster.any()
    if below_threshold:
        keys, cluster = quadratic_clusters(summary.neurons)
    phases = neuron_phases(network, summary.spectra, cluster)
    inputs = input_phases(network, cluster)
    alignment = phase_alignment(inputs, phases.output_phase, network.task.sign)
    aligned = {key: np.cos(alignment[(cluster == key) & ~np.isnan(alignment)]) for key in keys}
    means = ((key, phase_agreement(phases, cluster == key)) for key in keys)
    lengths = ((key, resultant_length(inputs.x[cluster == key])) for key in keys)
    return NeuronPhasesAnswer(
        selection.epoch,
        keys,
        cluster,
        phases,
        {key: mean for key, mean in means if mean is not None},
        inputs,
        alignment,
        {key: float(cosines.mean()) for key, cosines in aligned.items() if len(cosines)},
        {key: length for key, length in lengths if length is not None},
        int(cluster[explorer.check.neuron(selection.neuron)]),
        below_threshold and bool(cluster.any()),
    )


def title(answer: NeuronPhasesAnswer) -> str:
    shown = f"frequency {answer.selected}" if answer.selected else "all clusters"
    return f"phases of neurons and of what they write · {shown} · epoch {answer.epoch:,}"


def draw(answer: NeuronPhasesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    head = flow(_facts(answer), width, palette, most=1 if height < 14 else 3)
    room = max(height - head.height, 1)
    if width < 2 * _LEAST_WIDTH + 2 or not answer.mean_alignment:
        return fit(above(head, _written_chart(answer, width, room, palette)), width, height)
    left = (width - 2) // 2
    charts = (
        _written_chart(answer, left, room, palette),
        _input_chart(answer, width - 2 - left, room, palette),
    )
    return fit(above(head, beside(*charts, gap=2)), width, height)


def _written_chart(answer: NeuronPhasesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Phase of the activation across, that of its row of W_logit up."""
    ends = np.array([-pi, pi])
    phases = answer.phases
    points = _points(answer, phases.phase, phases.output_phase)
    line = Series("equal", ends, ends, colour=_DIAGONAL)
    labels = ("phase of neuron (rad)", "phase of its W_logit row (rad)")
    return _phase_chart([line, *points], labels, width, height, palette)


def _input_chart(answer: NeuronPhasesAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Phase of the input weights across, 2 phi - psi up: a line at 0 where every neuron is aligned."""
    line = Series("0", np.array([-pi, pi]), np.zeros(2), colour=_DIAGONAL)
    labels = ("phi of input weights (rad)", "2 phi - psi over phi (rad)")
    return _phase_chart([line, *_points(answer, answer.inputs.x, answer.alignment)], labels, width, height, palette)


def _phase_chart(series: list[Series], labels: tuple[str, str], width: int, height: int, palette: Palette) -> Drawing:
    limits = (-pi * 1.03, pi * 1.03)
    chart = line_chart(series, width, height, palette, x_label=labels[0], y_label=labels[1], y_range=limits)
    return chart.drawing


def _points(answer: NeuronPhasesAnswer, x: NDArray[np.float64], y: NDArray[np.float64]) -> list[Series]:
    """The selected cluster over one series of all others; if the rest is selected, one series per cluster."""
    series = []
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
            clusters = [f"freq {k}" for k in answer.cluster[members].tolist()]
            points = neuron_points(
                name, np.flatnonzero(members), x[members], y[members], colour=colour, clusters=clusters
            )
            series.append(points)
    return series


def _facts(answer: NeuronPhasesAnswer) -> list[str]:
    """The phase agreement of each cluster, the selected one first, then the numbers of its input weights."""
    if not answer.agreement:
        return ["no neuron is in a cluster at this epoch"]
    order = sorted(answer.agreement, key=lambda key: key != answer.selected)
    means = [f"freq {key}: {answer.agreement[key]:.3f}" for key in order]
    facts = [f"mean cos of the difference, {means[0]}", *means[1:]]
    if answer.below_threshold:
        facts.insert(0, "quadratic neurons: clusters of share 0.75 or more")
    inputs = [key for key in order if key in answer.mean_alignment]
    for first, key in enumerate(inputs[:1] if answer.selected else inputs):
        aligned, length = answer.mean_alignment[key], answer.resultant[key]
        names = ("cos(2 phi - psi), ", "resultant of phi ") if first == 0 else ("", "")
        facts.append(f"{names[0]}freq {key}: {aligned:.3f}, {names[1]}{length:.3f}")
    return facts


def table(answer: NeuronPhasesAnswer) -> Table:
    columns = (
        Column("neuron", format=",d"),
        Column("cluster", format="d", names=True),
        Column("phase", format=".3f"),
        Column("amplitude", format=".3g"),
        Column("output_phase", format=".3f"),
        Column("output_amplitude", format=".3g"),
        Column("input_phase_x", format=".3f"),
        Column("input_phase_y", format=".3f"),
        Column("phase_alignment", format=".3f"),
        Column("cluster_resultant", format=".3f"),
    )
    phases = answer.phases
    values = (phases.phase, phases.amplitude, phases.output_phase, phases.output_amplitude)
    of_inputs = (answer.inputs.x, answer.inputs.y, answer.alignment)
    tuned = np.flatnonzero(answer.cluster)
    rows = (
        (
            int(n),
            int(answer.cluster[n]),
            *(float(value[n]) for value in values),
            *(none_if_nan(float(value[n])) for value in of_inputs),
            answer.resultant.get(int(answer.cluster[n])),
        )
        for n in tuned
    )
    return Table(columns, tuple(rows))


VIEW = View(
    name="neuron-phases",
    about=About(
        shows=(
            "Whether neurons write what they read. One point per neuron of a cluster: across the phase of what it "
            "reads from x and y, up the phase of what it writes to the logits, both in radians. On the line the two "
            "are equal. In a wide pane, a second chart: across the phase phi of its input weights, up 2 phi - psi, psi "
            "that of its output weights. The selected neuron's cluster has its own colour; if the rest is selected "
            "every cluster has one."
        ),
        definition=(
            "For a neuron of frequency k, w_k = 2 pi k / p, the part of its activation that depends on x ± y and of "
            "its row of W_logit = W_out W_U over z:\n"
            "  activation: A cos(w_k (x ± y) - f)\n"
            "  row: C cos(w_k z - g)\n"
            "f is atan2 of the coefficients on sin w_k(x±y) and cos w_k(x±y), g that on sin w_k z and cos w_k z; for "
            "k = p/2 they are 0 or pi. Above the chart, by cluster: the mean of cos(f - g), 0 by chance.\n"
            "phi is the phase of the wave cos(w_k x - phi) in what x adds to the pre-activation, its mean over y: the "
            "neuron's input weights. phi_y is that of y, equal where both have the same weights. psi = g.\n"
            "  2 phi - psi: phi ± phi_y - psi, wrapped to (-pi, pi] (Gromov 2023, Grokking modular arithmetic)\n"
            "  resultant: |mean over a cluster of e^(i phi)|, 0 where the phases cover the circle evenly\n"
            "Above the charts, for the selected cluster: the mean of cos(2 phi - psi), and the resultant. A quadratic "
            "neuron has a share of 0.8 at best: without clusters, neurons of share 0.75 or more are grouped."
        ),
        reading=(
            "After grokking nearly all points are on the line, and the means are 0.98 or more: where f = g a neuron "
            "votes for z = x ± y. A cluster whose phases cover the whole circle adds up to cos w_k(x ± y - z), the "
            "study's formula: the resultant is then near 0. In a quadratic or ReLU network 2 phi - psi is near 0 for "
            "the same reason, as the nonlinearity doubles phi. The corners -pi and pi are the same angle: points at "
            "the top left or bottom right are on the line, too. Before grokking there are no clusters and no points. "
            "The rest is not shown, as it has no frequency of its own."
        ),
    ),
    needs=("W_logit",),
    keys=(*CLUSTER_KEYS, "neuron.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
)
