"""The clusters: how many neurons are tuned to each key frequency, and how well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table
from grok_tui.session.selection import cluster_of
from grok_tui.views.shared.cluster_table import ClusterRow, draw_both, draw_clusters
from grok_tui.views.shared.fact_line import flow
from grok_tui.views.shared.frequency_rules import RULES, FrequencyRules, query_rules, rule_facts, short_rule_facts
from grok_tui.views.shared.thumbnails import Thumbnails, draw_thumbnails, thumbnails_of
from grok_tui.views.view import CLUSTER_KEYS, About, ComparisonMethods, View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.logit_sums import LogitSums
    from engine.metrics.neuron_clusters import Cluster
    from grok_tui.session.selection import Selection

_MOST_LINES = 5  # of facts below the table
_STRONGEST = 6  # neurons of each cluster that are named


@dataclass(frozen=True, eq=False)
class ClustersAnswer:
    rows: tuple[ClusterRow, ...]  # the rest last
    strongest: tuple[tuple[int, ...], ...]  # neurons of each cluster with the most energy at their frequency
    epoch: int
    reference_epoch: int
    selected: int  # index of the cluster that holds the selected neuron
    rules: FrequencyRules
    thumbnails: Thumbnails  # of the selected cluster
    against: ClustersAnswer | None = None  # of another run, or of another epoch of this run
    names: tuple[str, str] = ("", "")  # of this answer and of `against`


def query(explorer: Explorer, selection: Selection) -> ClustersAnswer:
    clusters = explorer.clusters(selection.epoch, selection.reference_epoch)
    selected = cluster_of(clusters, selection.neuron)
    strength = explorer.summary(selection.epoch).strength
    strongest = tuple(_strongest(cluster, strength) for cluster in clusters)
    return ClustersAnswer(
        _rows(explorer, selection, clusters),
        strongest,
        selection.epoch,
        selection.reference_epoch,
        selected,
        query_rules(explorer, selection),
        _thumbnails(explorer, selection, clusters[selected].frequency, strongest[selected]),
    )


def _strongest(cluster: Cluster, strength: NDArray[np.float64]) -> tuple[int, ...]:
    order = np.argsort(-strength[cluster.neurons], kind="stable")
    return tuple(cluster.neurons[order[:_STRONGEST]].tolist())


def _rows(explorer: Explorer, selection: Selection, clusters: tuple[Cluster, ...]) -> tuple[ClusterRow, ...]:
    sums = explorer.summary(selection.epoch).logit_sums
    coefficients = {} if sums is None else _coefficients(sums, explorer.keys(selection.reference_epoch))
    losses = explorer.cluster_losses(selection.epoch, selection.reference_epoch)
    return tuple(
        ClusterRow(
            cluster.frequency,
            len(cluster.neurons),
            cluster.share_mean,
            cluster.variance_explained_mean,
            cluster.fraction_active_mean,
            None if cluster.frequency is None else coefficients.get(cluster.frequency),
            losses.known(cluster.frequency, "zero"),
            losses.known(cluster.frequency, "mean"),
            cluster.frequency in selection.ablation.clusters,
        )
        for cluster in clusters
    )


@lru_cache(maxsize=8)
def _coefficients(sums: LogitSums, keys: tuple[int, ...]) -> dict[int, float]:
    """c_k of the logit formula by frequency."""
    from engine.metrics.logit_formula import logit_formula

    return logit_formula(sums, keys)[0]


def _thumbnails(
    explorer: Explorer, selection: Selection, frequency: int | None, neurons: tuple[int, ...]
) -> Thumbnails:
    tuned_to = explorer.summary(selection.epoch).neurons.frequency
    frequencies = tuple(int(tuned_to[neuron]) or None for neuron in neurons)
    return thumbnails_of(explorer.activations(selection.epoch, neurons), frequency, frequencies, explorer.order)


def later(explorer: Explorer, selection: Selection) -> Iterator[None]:
    """The losses without each cluster: two ablations for each, each a pass over all pairs."""
    return explorer.cluster_losses(selection.epoch, selection.reference_epoch).steps()


def title(answer: ClustersAnswer) -> str:
    return f"clusters · epoch {answer.epoch:,} · keys of {answer.reference_epoch:,}"


def draw(answer: ClustersAnswer, width: int, height: int, palette: Palette) -> Drawing:
    if answer.against is not None:
        return _draw_both(answer, answer.against, width, height, palette)
    lines = len(answer.rows) + 1
    below = _below(answer, width, height - lines, palette)
    if below is None:
        return draw_clusters(answer.rows, answer.selected, width, height, palette)
    return fit(above(draw_clusters(answer.rows, answer.selected, width, lines, palette), below), width, height)


def _below(answer: ClustersAnswer, width: int, room: int, palette: Palette) -> Drawing | None:
    """The frequencies by the other rules and the strongest neurons, in so many lines; None if neither fits."""
    facts = flow(rule_facts(answer.rules), width, palette, most=_MOST_LINES)
    blank = Drawing.of_lines([""], width)
    for words in (above(blank, facts, blank), flow(short_rule_facts(answer.rules), width, palette, most=1)):
        thumbnails = draw_thumbnails(answer.thumbnails, width, room - words.height, palette)
        if thumbnails is not None:
            return above(words, thumbnails)
    return above(blank, facts) if room > facts.height else None


def _draw_both(a: ClustersAnswer, b: ClustersAnswer, width: int, height: int, palette: Palette) -> Drawing:
    """Both answers in one table; of two epochs of one run the earlier value is first."""
    same_run = a.names[0] != "A"
    first, other, names = (b, a, a.names[::-1]) if same_run and b.epoch < a.epoch else (a, b, a.names)
    only = ("", "") if same_run else (" (only A)", " (only B)")
    selected = a.rows[a.selected].frequency
    lines = 2 + len({row.frequency for row in (*a.rows, *b.rows)})
    drawn = draw_both(first.rows, other.rows, names, only, selected, width, min(height, lines), palette)
    facts = [
        flow([f"{name}: {fact}", *rest], width, palette, most=2)
        for name, side in zip(names, (first, other), strict=True)
        for fact, *rest in [rule_facts(side.rules)]
    ]
    below = above(*facts)
    return fit(above(drawn, below, gap=1) if height - lines > below.height else drawn, width, height)


def table(answer: ClustersAnswer) -> Table:
    """One row per cluster, the rest last with no frequency; `out`: whether the `ablation` view ablates it.

    `logit_coefficient` is c_k of the logit formula. The losses are over all pairs, with the cluster alone ablated.
    `strongest_neurons` have the most energy at their frequency, in descending order.
    """
    columns = (
        Column("frequency", title="freq", absent="rest", label="cluster"),
        Column("neurons", format=",d"),
        Column("share_mean", format=".3f", title="share"),
        Column("variance_explained_mean", format=".3f", title="var. expl."),
        Column("fraction_active_mean", format=".3f", title="active"),
        Column("out"),
        Column("logit_coefficient", format=".2f", title="c_k"),
        Column("loss_zero_ablated", format=".2e", title="loss, zeroed"),
        Column("loss_mean_ablated", format=".2e", title="loss, at mean"),
        Column("strongest_neurons", title="strongest"),
    )
    rows = tuple(
        (
            row.frequency,
            row.neurons,
            row.share,
            row.variance_explained,
            row.fraction_active,
            row.ablated,
            row.coefficient,
            row.loss_zero,
            row.loss_mean,
            " ".join(map(str, neurons)),
        )
        for row, neurons in zip(answer.rows, answer.strongest, strict=True)
    )
    return Table(columns, rows)


def _overlay(a: ClustersAnswer, b: ClustersAnswer, names: tuple[str, str]) -> ClustersAnswer:
    return replace(a, against=b, names=names)


VIEW = View(
    name="clusters",
    about=About(
        shows=(
            "How many neurons are tuned to each key frequency, and how well. One row per cluster, the rest last; the "
            "marked row is the selected neuron's cluster. A frequency has the same colour in all views. Numbers are "
            "means over the cluster's neurons. Clusters ablated in `ablation` are marked; their numbers are still "
            "those of the original network. Where there is room: a bar for the number of neurons, c_k, and the loss "
            "with that cluster alone ablated, to zero and to its mean (… while it is computed). Below: the "
            "frequencies that are strong in the logits and in the embedding, and those that only one of these rules "
            "finds; maps of the strongest neurons of the marked cluster, over x and y in unwrapped order. A "
            "comparison has both values in each column, of the same cluster."
        ),
        definition=(
            "The activation of a neuron over (x, y), minus its mean, has an energy E_k for each frequency k: the sum "
            "of its squared Fourier coefficients on cos and sin of w_k x, of w_k y, and on their products, w_k = 2 pi "
            "k / p.\n"
            "  frequency = argmax E_k\n"
            "  share = max E_k / sum of E_k (the study's frac explained)\n"
            "  var. expl. = max E_k / all energy\n"
            "  active = share of the inputs with pre-activation > 0\n"
            "  c_k = coefficient of cos w_k(x±y-z) in the logits\n"
            "  losses: that cluster ablated\n"
            "A cluster has the neurons with a share of at least 0.85 at a key frequency; the others are the rest, the "
            "study's always-firing cluster. A frequency is key if at least max(2, 1% of d_mlp) neurons of the "
            "reference epoch ({epoch.reference}) are tuned to it. Other rules find k:\n" + RULES
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
    later=later,
    query=query,
    title=title,
    draw=draw,
    table=table,
    comparing=ComparisonMethods(overlay=_overlay),
)
