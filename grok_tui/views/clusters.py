"""The clusters: how many neurons are tuned to each key frequency, and how well."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.frequency_colours import frequency_style
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, Value, draw_table, table_width
from grok_tui.render.target import cluster_target
from grok_tui.session.selection import cluster_of
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.frequency_rules import RULES, FrequencyRules, query_rules, rule_facts
from grok_tui.views.view import CLUSTER_KEYS, About, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.session.selection import Selection

_MOST_LINES = 5  # of facts below the table


@dataclass(frozen=True)
class ClustersAnswer:
    clusters: tuple[Cluster, ...]  # the rest last
    epoch: int
    reference_epoch: int
    selected: int  # index of the cluster that holds the selected neuron
    rules: FrequencyRules
    ablated: frozenset[int | None]  # frequencies of the clusters that the `ablation` view ablates; None: the rest


def query(explorer: Explorer, selection: Selection) -> ClustersAnswer:
    clusters = explorer.clusters(selection.epoch, selection.reference_epoch)
    selected = cluster_of(clusters, selection.neuron)
    rules = query_rules(explorer, selection)
    return ClustersAnswer(
        clusters, selection.epoch, selection.reference_epoch, selected, rules, selection.ablation.clusters
    )


def title(answer: ClustersAnswer) -> str:
    return f"clusters · epoch {answer.epoch:,} · keys of {answer.reference_epoch:,}"


def draw(answer: ClustersAnswer, width: int, height: int, palette: Palette) -> Drawing:
    full = table(answer)
    shown = Table(full.columns[:-1], tuple(row[:-1] for row in full.rows))  # the last column is a mark on the first
    if answer.ablated:
        marked = _marked(answer, shown, " ablated")
        shown = marked if table_width(marked) + 2 <= width else _marked(answer, shown, " out")
    below = flow(rule_facts(answer.rules), width, palette, most=_MOST_LINES)
    room = height - len(shown.rows) - 1  # below the table with its header
    keys = [cluster.frequency for cluster in answer.clusters if cluster.frequency is not None]
    styles = [frequency_style(cluster.frequency, keys, palette) for cluster in answer.clusters]
    targets = [cluster_target(cluster.frequency) for cluster in answer.clusters]
    if room <= below.height:
        return draw_table(shown, width, height, palette, selected=answer.selected, row_styles=styles, targets=targets)
    drawn = draw_table(
        shown, width, len(shown.rows) + 2, palette, selected=answer.selected, row_styles=styles, targets=targets
    )
    return fit(above(drawn, below), width, height)


def _marked(answer: ClustersAnswer, shown: Table, mark: str) -> Table:
    """The table with a mark behind the frequency of each ablated cluster."""

    def name(frequency: Value) -> str:
        return f"{'rest' if frequency is None else frequency}{mark if frequency in answer.ablated else ''}"

    return Table(shown.columns, tuple((name(row[0]), *row[1:]) for row in shown.rows))


def table(answer: ClustersAnswer) -> Table:
    """One row per cluster, the rest last with no frequency; `out`: whether the `ablation` view ablates it."""
    columns = (
        Column("frequency", title="freq", absent="rest", label="cluster"),
        Column("neurons", format=",d"),
        Column("share_mean", format=".3f", title="share"),
        Column("variance_explained_mean", format=".3f", title="var. expl."),
        Column("fraction_active_mean", format=".3f", title="active"),
        Column("out"),
    )
    rows = tuple(
        (
            cluster.frequency,
            len(cluster.neurons),
            cluster.share_mean,
            cluster.variance_explained_mean,
            cluster.fraction_active_mean,
            cluster.frequency in answer.ablated,
        )
        for cluster in answer.clusters
    )
    return Table(columns, rows)


VIEW = View(
    name="clusters",
    about=About(
        shows=(
            "How many neurons are tuned to each key frequency, and how well. One row per cluster, the rest last; the "
            "marked row is the selected neuron's cluster. A frequency has the same colour in all views. Numbers are "
            "means over the cluster's neurons. Clusters ablated in `ablation` are marked; their numbers are still "
            "those of the original network. Below, where there is room: the frequencies that are strong in the logits "
            "and in the embedding, and those that only one of these rules finds."
        ),
        definition=(
            "The activation of a neuron over all (x, y), minus its mean, has an energy E_k for each frequency k: the "
            "sum of the squares of its Fourier coefficients on cos and sin of w_k x and of w_k y and on their 4 "
            "products, w_k = 2 pi k / p.\n"
            "  frequency = argmax E_k\n"
            "  share = max E_k / sum of E_k (the study's frac explained)\n"
            "  var. expl. = max E_k / all energy (Nanda et al. 2023; never above the share)\n"
            "  active = share of the inputs with pre-activation > 0\n"
            "A neuron is in a cluster if its share is at least 0.85 and its frequency is a key frequency; all others "
            "are the rest, the study's always-firing cluster. A frequency is a key frequency if at least max(2, 1% "
            "of d_mlp) neurons of the reference epoch ({epoch.reference}) are tuned to it. Other rules find k:\n"
            + RULES
        ),
        reading=(
            "At epoch 0 all neurons are in the rest, with shares of a few percent. The clusters fill within the "
            "short time in which the test loss falls; in the study's run five of them end up with most of the 512 "
            "neurons, active on a little more than half of the inputs, and a rest that is nearly always active. "
            "Before grokking the rows exist but are empty: the key frequencies are those of the reference epoch, by "
            "default the last."
        ),
    ),
    keys=(*CLUSTER_KEYS, "neuron.goto", "crosshair", "ablate.cluster", "ablate.whole", "epoch.reference"),
    shows_ablation=True,
    query=query,
    title=title,
    draw=draw,
    table=table,
)
