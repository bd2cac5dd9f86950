"""The neurons by the key frequency that they are tuned to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from grok_tui.render.cells import Drawing
from grok_tui.render.palette import Palette
from grok_tui.render.table import Column, Table, Value, draw_table
from grok_tui.selection import cluster_of
from grok_tui.views.view import View

if TYPE_CHECKING:
    from engine import Explorer
    from engine.neurons import Cluster
    from grok_tui.selection import Selection


@dataclass(frozen=True)
class Clusters:
    clusters: tuple[Cluster, ...]  # the rest last
    epoch: int
    reference_epoch: int
    selected: int  # the place of the cluster that holds the selected neuron
    out: frozenset[int | None]  # knocked out on the ablation bench; None: the rest


def query(explorer: Explorer, selection: Selection) -> Clusters:
    found = explorer.clusters(selection.epoch, selection.reference_epoch)
    place = cluster_of(found, selection.neuron)
    return Clusters(found, selection.epoch, selection.reference_epoch, place, selection.out.clusters)


def title(answer: Clusters) -> str:
    return f"clusters · epoch {answer.epoch:,} · keys of {answer.reference_epoch:,}"


def draw(answer: Clusters, width: int, height: int, palette: Palette) -> Drawing:
    found = table(answer)
    columns, rows = found.columns[:-1], tuple(row[:-1] for row in found.rows)
    if answer.out:
        rows = tuple((_name(answer, row[0]), *row[1:]) for row in rows)
    return draw_table(Table(columns, rows), width, height, palette, selected=answer.selected)


def _name(answer: Clusters, frequency: Value) -> str:
    return f"{'rest' if frequency is None else frequency}{' out' if frequency in answer.out else ''}"


def table(answer: Clusters) -> Table:
    """One row a cluster, the rest last with no frequency; `out`: knocked out on the ablation bench."""
    columns = (
        Column("frequency", title="freq", absent="rest"),
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
            cluster.frequency in answer.out,
        )
        for cluster in answer.clusters
    )
    return Table(columns, rows)


VIEW = View(
    name="clusters",
    about=(
        "Neurons by the key frequency they are tuned to. With E_k the energy of the 9 Fourier coefficients of "
        "frequency k of a neuron's centred activations over (x, y): frequency = argmax E_k, share = max E_k / sum of "
        "E_k, var. expl. = max E_k / all energy, active = share of inputs with pre-activation > 0; means over the "
        "cluster. A neuron is in a cluster if its share is at least 0.85 and its frequency is key; the others are "
        "the rest. A frequency is key if at least max(2, 1% of d_mlp) neurons of the reference epoch are tuned to it. "
        "Out: knocked out on the ablation bench; the figures are the whole model's all the same."
    ),
    shows_knock_outs=True,
    query=query,
    title=title,
    draw=draw,
    table=table,
)
