"""The mean squared 2-D spectrum of each cluster's neurons, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, beside, fit
from grok_tui.render.frequency_colours import frequency_style
from grok_tui.render.maps.scale import Scale, line_legend
from grok_tui.render.palette import Palette
from grok_tui.render.plots import MapPlot, Plot, TextPlot
from grok_tui.render.table import Column, Table
from grok_tui.render.ticks import format_tick
from grok_tui.session.selection import cluster_of
from grok_tui.views.shared.comparison_scales import Scaled, difference
from grok_tui.views.shared.component_maps import draw_component_map
from grok_tui.views.shared.figure_labels import in_figure
from grok_tui.views.view import CLUSTER_KEYS, About, ComparisonMethods, NoDifference, View

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

_MIN_MAP = 16, 7  # columns and lines of the smallest useful map
_UNIT = "mean squared coefficient · frequency of x across, of y down"


@dataclass(frozen=True, eq=False)
class ClusterSpectrum:
    frequency: int | None  # None: the rest
    neurons: int
    spectrum: NDArray[np.float64]  # [component_x, component_y], squared, mean over the cluster; empty without neurons


@dataclass(frozen=True, eq=False)
class ClusterSpectraAnswer(Scaled):
    epoch: int
    keys: tuple[int, ...]
    clusters: tuple[ClusterSpectrum, ...]  # clusters that have neurons (in a comparison: on either side); the rest last
    selected: int | None  # index of the selected neuron's cluster


def query(explorer: Explorer, selection: Selection) -> ClusterSpectraAnswer:
    epochs = selection.epoch, selection.reference_epoch
    clusters = explorer.clusters(*epochs)
    selected_frequency = clusters[cluster_of(clusters, selection.neuron)].frequency
    spectra = tuple(
        ClusterSpectrum(cluster.frequency, len(cluster.neurons), mean)
        for cluster, mean in zip(clusters, explorer.mean_spectra(*epochs), strict=True)
        if mean is not None
    )
    selected = next((i for i, cluster in enumerate(spectra) if cluster.frequency == selected_frequency), None)
    return ClusterSpectraAnswer(selection.epoch, explorer.keys(selection.reference_epoch), spectra, selected)


def title(answer: ClusterSpectraAnswer) -> str:
    return f"mean squared spectrum of each cluster · epoch {answer.epoch:,}"


def draw(answer: ClusterSpectraAnswer, width: int, height: int, palette: Palette) -> Drawing:
    count = len(answer.clusters)
    scale = answer.scale("spectrum") or _scale(answer.clusters)
    room = height - 1 if height >= 8 else height  # the last line is for the legend
    columns, rows = _arrangement(count, width, room)
    shown = _shown(answer, columns * rows)
    foot = Drawing(width, ()) if room == height else _foot(scale, count - len(shown), width, palette)
    across, down = (width - 2 * (columns - 1)) // columns, room // rows
    panels = [_panel(answer, index, across, down, palette, scale) for index in shown]
    lines = [beside(*panels[start : start + columns], gap=2) for start in range(0, len(panels), columns)]
    return fit(above(fit(above(*lines), width, room), foot), width, height)


def _foot(scale: Scale, hidden: int, width: int, palette: Palette) -> Drawing:
    """The legend, and how many maps do not fit."""
    if not hidden:
        return line_legend(scale, width, palette)
    high, _, low = scale.legend_texts()
    long = f"{hidden} more in a larger pane"
    note = palette.fit(long if len(f"{low} to {high}  {long}") <= width else f"{hidden} more", width)
    return beside(line_legend(scale, max(width - len(note) - 2, 0), palette), Drawing.of_lines([note]), gap=2)


def _scale(clusters: Sequence[ClusterSpectrum]) -> Scale:
    return Scale(0.0, max(float(cluster.spectrum.max()) for cluster in clusters), False, _UNIT)


def _arrangement(count: int, width: int, height: int) -> tuple[int, int]:
    """(columns, rows) of the maps: as many as fit, then as large as possible."""
    most_columns, most_rows = max(width // _MIN_MAP[0], 1), max(height // _MIN_MAP[1], 1)
    choices = [(columns, min(-(-count // columns), most_rows)) for columns in range(1, min(count, most_columns) + 1)]

    def size(choice: tuple[int, int]) -> tuple[int, int]:
        columns, rows = choice
        # A cell is twice as high as it is wide; a map has labels beside it and a line above and below.
        return min(columns * rows, count), min(width // columns - 6, 2 * (height // rows - 2))

    return max(choices, key=size)


def _shown(answer: ClusterSpectraAnswer, count: int) -> list[int]:
    """Indices of the clusters that are drawn: the first ones, and always the selected one."""
    shown = list(range(min(count, len(answer.clusters))))
    if answer.selected is not None and answer.selected not in shown:
        shown[-1] = answer.selected
    return shown


def _panel(
    answer: ClusterSpectraAnswer, index: int, width: int, height: int, palette: Palette, scale: Scale
) -> Drawing:
    cluster, selected = answer.clusters[index], index == answer.selected
    name = "rest" if cluster.frequency is None else f"freq {cluster.frequency}"
    if not cluster.spectrum.size:
        lacking = "no neurons" if cluster.frequency in (*answer.keys, None) else "not a key frequency"
        text = palette.fit(("▸ " if selected else "") + f"{name} · {lacking}", width)
        drawing = fit(Drawing.of_lines([text], width, palette.style(palette.muted, bold=selected)), width, height)
        return drawing.showing(TextPlot(f"{name} · {lacking}"))
    strongest, spec = cluster.spectrum.flat[np.abs(cluster.spectrum).argmax()], "," if answer.minus is None else "+,"
    facts = [name, f"{cluster.neurons:{spec}} neurons", f"max {format_tick(float(strongest))}"]
    while len(facts) > 1 and len(" · ".join(facts)) + 2 > width:
        facts.pop()
    text = palette.text(("▸ " if selected else "") + " · ".join(facts))
    style = frequency_style(cluster.frequency, answer.keys, palette)._replace(bold=selected)
    keys = answer.keys if cluster.frequency is None else (cluster.frequency,)
    body = draw_component_map(
        cluster.spectrum, keys, width, max(height - 1, 1), palette, scale=scale, legend=False, axes_named=False
    )
    body = in_figure(
        body.showing(*(_with_scale(placed.plot) for placed in body.plots)), x_label="k of x", y_label="k of y"
    )
    head = Drawing.of_lines([text], width, style).showing(TextPlot(" · ".join(facts), heading=True))
    return fit(above(head, body), width, height)


def _with_scale(plot: Plot) -> Plot:
    """In a figure each map has the scale, which the terminal has once below all maps."""
    return replace(plot, legend=True, scale=replace(plot.scale, unit="")) if isinstance(plot, MapPlot) else plot


def table(answer: ClusterSpectraAnswer) -> Table:
    columns = (
        Column("frequency", absent="rest", label="cluster"),
        Column("component_x"),
        Column("component_y"),
        Column("value", format=".4g"),
    )
    rows = tuple(
        (cluster.frequency, i, j, value)
        for cluster in answer.clusters
        for i, row in enumerate(cluster.spectrum.tolist())
        for j, value in enumerate(row)
    )
    return Table(columns, rows, keys=3)


def _align(a: ClusterSpectraAnswer, b: ClusterSpectraAnswer) -> tuple[ClusterSpectraAnswer, ClusterSpectraAnswer]:
    """Both on one scale, with the same clusters in the same order and the same one selected: that of a."""
    scales = {"spectrum": _scale([*a.clusters, *b.clusters])}
    frequencies = sorted(
        {cluster.frequency for cluster in (*a.clusters, *b.clusters)}, key=lambda k: (k is None, k or 0)
    )
    selected = None if a.selected is None else frequencies.index(a.clusters[a.selected].frequency)

    def aligned(answer: ClusterSpectraAnswer) -> ClusterSpectraAnswer:
        own = {cluster.frequency: cluster for cluster in answer.clusters}
        clusters = tuple(own.get(k, ClusterSpectrum(k, 0, np.empty((0, 0)))) for k in frequencies)
        return replace(answer, clusters=clusters, selected=selected, scales=scales)

    return aligned(a), aligned(b)


def _subtract(a: ClusterSpectraAnswer, b: ClusterSpectraAnswer) -> ClusterSpectraAnswer:
    """Differences of the clusters that have neurons on both sides."""
    others = {cluster.frequency: cluster for cluster in b.clusters}
    clusters = tuple(
        replace(
            cluster,
            neurons=cluster.neurons - others[cluster.frequency].neurons,
            spectrum=difference(cluster.spectrum, others[cluster.frequency].spectrum),
        )
        for cluster in a.clusters
        if cluster.frequency in others
    )
    if not clusters:
        raise NoDifference("no cluster has neurons in both; both are shown.")
    scale = replace(Scale.of(np.concatenate([cluster.spectrum for cluster in clusters]), diverging=True), unit=_UNIT)
    frequency = None if a.selected is None else a.clusters[a.selected].frequency
    selected = next((i for i, cluster in enumerate(clusters) if cluster.frequency == frequency), None)
    return replace(a, clusters=clusters, selected=selected, scales={"spectrum": scale}, minus=b)


VIEW = View(
    name="cluster-spectra",
    about=About(
        shows=(
            "What each cluster responds to: one small map per cluster, side by side. Components of x across, of y "
            "down, component 0 at the top left, all on one colour scale; the number on the axes is the cluster's own "
            "frequency, for the rest all key frequencies. The selected neuron's cluster is marked. Clusters without "
            "neurons have no map. A comparison has the same clusters on both sides."
        ),
        definition=(
            "With A_n[x, y] the activation of neuron n, minus its mean, and B the orthonormal real Fourier basis (0 "
            "the constant, 2k-1 cos w_k, 2k sin w_k):\n"
            "  map = mean over the cluster's neurons n of (B A_n B^T)^2\n"
            "A cluster has the neurons whose share is at least 0.85 at its key frequency k (see `clusters`), the "
            "rest has all others."
        ),
        reading=(
            "Before grokking there is one map, the rest, of all neurons: noise. After it each cluster lights up at "
            "its own frequency alone, on the edges (linear terms) and, more faintly, on the diagonal (products). The "
            "rest is darker on this common scale and has several key frequencies. The common scale follows the "
            "largest value of this epoch, and activations are far larger in the middle of grokking than after it: "
            "compare colours within one epoch, and numbers across epochs."
        ),
    ),
    keys=(*CLUSTER_KEYS, "neuron.goto", "crosshair", "epoch.reference"),
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(align=_align, subtract=_subtract),
)
