"""The selection, and how each key changes it. Pure: every change is a new Selection."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from engine.errors import UnknownQuery
from engine.metrics.ablation_spec import Ablation
from grok_tui.session.ablation_selection import NO_ABLATION
from grok_tui.session.choices import Activation, Order

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster

# What the key of a neuron's map goes on to; None: post, and pre beside it where there is room.
NEXT_ACTIVATION: Mapping[Activation | None, Activation] = {None: "pre", "pre": "post", "post": "both", "both": "pre"}


@dataclass(frozen=True)
class Selection:
    """What all panes show."""

    epoch: int
    reference_epoch: int  # its clusters define the key frequencies
    layer: int | None = None  # whose neurons and attention are on show; None: the one that the run was opened with
    neuron: int = 0
    head: int = 0
    dimension: int = 0  # of the residual stream
    x: int = 0
    y: int = 0
    order: Order = "natural"  # of tokens on maps
    window: tuple[int, int] | None = None  # the first x and y of maps that show as many tokens as fit; None: all tokens
    activation: Activation | None = None  # on the map of a neuron; None: post, and pre where there is room
    log_x: bool | None = None  # of charts over epochs; None: the chart's default
    log_y: bool | None = None
    pinned_epoch: int | None = None  # to compare with
    difference: bool = False  # show the difference instead of both sides
    ablation: Ablation = NO_ABLATION  # shown by the `ablation` view alone


def step_epoch(epochs: Sequence[int], epoch: int, by: int) -> int:
    """The epoch `by` checkpoints further; stops at the ends."""
    index = bisect_left(epochs, epoch)
    return epochs[min(max(index + by, 0), len(epochs) - 1)]


def nearest_epoch(epochs: Sequence[int], target: int) -> int:
    """The checkpoint nearest to an epoch; of two equally near, the earlier."""
    return min(epochs, key=lambda epoch: (abs(epoch - target), epoch))


def selection_after_growth(selection: Selection, before: Sequence[int], after: Sequence[int]) -> Selection:
    """The selection after new checkpoints: at the last epoch it moves to the new last, elsewhere it stays.

    The reference epoch moves along if it was the last epoch, too. Epochs that no longer exist become the nearest.
    """
    at_the_end = selection.epoch == before[-1]
    reference_too = at_the_end and selection.reference_epoch == before[-1]
    return replace(
        selection,
        epoch=after[-1] if at_the_end else nearest_epoch(after, selection.epoch),
        reference_epoch=after[-1] if reference_too else nearest_epoch(after, selection.reference_epoch),
    )


def cluster_of(clusters: Sequence[Cluster], neuron: int) -> int:
    """The index of a neuron's cluster in the table."""
    return next(index for index, cluster in enumerate(clusters) if neuron in cluster.neurons)


def step_in_cluster(clusters: Sequence[Cluster], neuron: int, by: int) -> int:
    """The neuron `by` places further in its cluster; wraps around."""
    members = clusters[cluster_of(clusters, neuron)].neurons
    place = int(members.searchsorted(neuron))
    return int(members[(place + by) % len(members)])


def step_cluster(clusters: Sequence[Cluster], neuron: int, by: int) -> int:
    """The first neuron of the cluster `by` places further among those that are not empty; wraps around."""
    filled = [cluster for cluster in clusters if len(cluster.neurons)]
    return int(filled[(cluster_of(filled, neuron) + by) % len(filled)].neurons[0])


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
    window: tuple[int, int] | None = None,
    activation: Activation | None = None,
    ablation: Ablation = NO_ABLATION,
    before: Selection | None = None,
) -> Selection:
    """The selection to start with; `frequency` selects the first neuron of its cluster.

    Arguments of None default to `before`, or else to the last epoch, neuron 0 and so on.

    Raises:
        UnknownQuery: the run has no such epoch, neuron, cluster, head, dimension, token or order.
    """
    last = explorer.epochs[-1]
    first = explorer.order.tokens[0] if explorer.run.has_weights else 0  # 1 where the order is that of logarithms
    start = before or Selection(last, last, x=first, y=first)
    epoch = start.epoch if epoch is None else explorer.check.epoch(epoch)
    reference_epoch = start.reference_epoch if reference_epoch is None else explorer.check.epoch(reference_epoch)
    if frequency is not None and neuron is None:
        neuron = _first_neuron(explorer.clusters(epoch, reference_epoch), frequency)
    explorer.check.ablation(ablation, reference_epoch)
    x, y = (start.x, start.y) if pair is None else map(explorer.check.token, pair)
    return Selection(
        epoch=epoch,
        reference_epoch=reference_epoch,
        layer=start.layer,
        neuron=start.neuron if neuron is None else explorer.check.neuron(neuron),
        head=start.head if head is None else explorer.check.head(head),
        dimension=start.dimension if dimension is None else explorer.check.dimension(dimension),
        x=x,
        y=y,
        order=start.order if order is None else check_order(explorer, order),
        window=start.window if window is None else (explorer.check.token(window[0]), explorer.check.token(window[1])),
        activation=start.activation if activation is None else activation,
        ablation=ablation,
    )


def orders_of(explorer: Explorer) -> tuple[Order, ...]:
    """The orders of tokens that the maps of a run have, as the key cycles through them."""
    on_logarithms = explorer.run.has_weights and not explorer.order.natural
    return ("natural", "unwrapped", "logarithm") if on_logarithms else ("natural", "unwrapped")


def check_order(explorer: Explorer, order: Order) -> Order:
    """The order, if the maps of the run have it.

    Raises:
        UnknownQuery: the operation has no logarithms.
    """
    orders = orders_of(explorer)
    if order not in orders:
        raise UnknownQuery(
            f"--order {order} needs a run that multiplies or divides modulo a prime; {explorer.run.name} has the "
            f"orders {' and '.join(orders)}."
        )
    return order


def _first_neuron(clusters: Sequence[Cluster], frequency: int) -> int:
    """The first neuron of the cluster of a frequency."""
    neurons = {cluster.frequency: cluster.neurons for cluster in clusters if len(cluster.neurons)}
    if frequency not in neurons:
        frequencies = ", ".join(str(key) for key in neurons if key is not None) or "none"
        raise UnknownQuery(f"No cluster of frequency {frequency} at this epoch; clusters: {frequencies}.")
    return int(neurons[frequency][0])
