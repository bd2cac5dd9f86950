"""What the person points at, and how each key moves it. Pure: a move is a new Selection."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from engine.errors import UnknownQuery
from engine.metrics.ablation_spec import Ablation
from grok_tui.session.ablation_selection import NO_ABLATION

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster

Order = Literal["natural", "unwrapped"]


@dataclass(frozen=True)
class Selection:
    """One cursor for all panes."""

    epoch: int
    reference_epoch: int  # its neurons decide which frequencies are key
    neuron: int = 0
    head: int = 0
    dimension: int = 0  # of the residual stream
    x: int = 0
    y: int = 0
    order: Order = "natural"  # of tokens on maps
    log_x: bool | None = None  # of charts over epochs; None: as the chart itself would have it
    log_y: bool | None = None
    pinned_epoch: int | None = None  # to compare with
    difference: bool = False  # of what is compared, rather than both
    ablation: Ablation = NO_ABLATION  # shown by the `ablation` view alone


def step_epoch(epochs: Sequence[int], epoch: int, by: int) -> int:
    """The epoch `by` checkpoints further, stopping at the ends."""
    index = bisect_left(epochs, epoch)
    return epochs[min(max(index + by, 0), len(epochs) - 1)]


def nearest_epoch(epochs: Sequence[int], wanted: int) -> int:
    """The checkpoint closest to a number; the earlier of two."""
    return min(epochs, key=lambda epoch: (abs(epoch - wanted), epoch))


def selection_after_growth(selection: Selection, before: Sequence[int], after: Sequence[int]) -> Selection:
    """The selection when a run has grown: at the last epoch it goes to the new last one, elsewhere it stays.

    So does the reference epoch with it, if both were there. Epochs that are gone give way to the nearest.
    """
    at_the_end = selection.epoch == before[-1]
    reference_too = at_the_end and selection.reference_epoch == before[-1]
    return replace(
        selection,
        epoch=after[-1] if at_the_end else nearest_epoch(after, selection.epoch),
        reference_epoch=after[-1] if reference_too else nearest_epoch(after, selection.reference_epoch),
    )


def cluster_of(clusters: Sequence[Cluster], neuron: int) -> int:
    """Which cluster, by its place in the table, a neuron is in."""
    return next(index for index, cluster in enumerate(clusters) if neuron in cluster.neurons)


def step_in_cluster(clusters: Sequence[Cluster], neuron: int, by: int) -> int:
    """The neuron `by` places further in its cluster, round and round."""
    members = clusters[cluster_of(clusters, neuron)].neurons
    place = int(members.searchsorted(neuron))
    return int(members[(place + by) % len(members)])


def step_cluster(clusters: Sequence[Cluster], neuron: int, by: int) -> int:
    """The first neuron of the next (`by` = 1) or previous cluster that has any, round and round."""
    index = cluster_of(clusters, neuron)
    while True:
        index = (index + by) % len(clusters)
        if len(clusters[index].neurons):
            return int(clusters[index].neurons[0])


def initial_selection(
    explorer: Explorer,
    *,
    epoch: int | None = None,
    reference_epoch: int | None = None,
    neuron: int | None = None,
    frequency: int | None = None,
    head: int | None = None,
    dimension: int | None = None,
    pair: tuple[int, int] | None = None,
    order: Order | None = None,
    ablation: Ablation = NO_ABLATION,
    before: Selection | None = None,
) -> Selection:
    """The selection that options ask for; `frequency` asks for the first neuron of its cluster.

    What is None is as `before`, or else the last epoch, neuron 0 and so on.

    Raises:
        UnknownQuery: the run has no such epoch, neuron, cluster or head.
    """
    last = explorer.epochs[-1]
    start = before or Selection(last, last)
    epoch = start.epoch if epoch is None else explorer.check_epoch(epoch)
    reference_epoch = start.reference_epoch if reference_epoch is None else explorer.check_epoch(reference_epoch)
    if frequency is not None and neuron is None:
        found = explorer.clusters(epoch, reference_epoch)
        members = [cluster.neurons for cluster in found if cluster.frequency == frequency]
        if not members or not len(members[0]):
            keys = ", ".join(str(c.frequency) for c in found if c.frequency is not None and len(c.neurons)) or "none"
            raise UnknownQuery(
                f"No neuron is in a cluster of frequency {frequency} here; there are clusters of {keys}."
            )
        neuron = int(members[0][0])
    explorer.check_ablation(ablation, reference_epoch)
    x, y = (start.x, start.y) if pair is None else pair
    return Selection(
        epoch=epoch,
        reference_epoch=reference_epoch,
        neuron=start.neuron if neuron is None else explorer.check_neuron(neuron),
        head=start.head if head is None else explorer.check_head(head),
        dimension=start.dimension if dimension is None else explorer.check_dimension(dimension),
        x=explorer.check_token(x),
        y=explorer.check_token(y),
        order=order or start.order,
        ablation=ablation,
    )
