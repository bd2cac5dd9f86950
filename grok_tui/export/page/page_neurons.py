"""The neurons of a page: their facts at every epoch, and what the page computes their maps from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from grok_tui.export.page.arrays import ArrayPool, Json
from grok_tui.export.page.neuron_tables import pack_neurons, store_maps
from grok_tui.render.frequency_colours import frequency_colour

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.neuron_clusters import Cluster
    from engine.networks.network import Network
    from grok_tui.session.selection import Selection

_MAPS_BYTES = 5_000_000  # of stored maps, in base64
_PER_CLUSTER = 4


class PageNeurons:
    """Collects the neurons of a page, epoch by epoch."""

    def __init__(self, explorer: Explorer, selection: Selection, pool: ArrayPool) -> None:
        self._explorer, self._selection, self._pool = explorer, selection, pool
        self._facts: list[Json] = []
        self._tables: list[Json] = []
        self._error = 0.0
        self._stored: tuple[int, ...] | None = None  # the neurons whose maps are stored; None: all are computed

    def add(self, epoch: int) -> None:
        """Add the neurons of an epoch."""
        neurons = self._explorer.summary(epoch).neurons
        self._facts.append(
            {
                "frequency": self._pool.add(neurons.frequency, "i2"),
                "share": self._pool.add(neurons.share),
                "variance": self._pool.add(neurons.variance_explained),
                "active": self._pool.add(neurons.fraction_active),
            }
        )
        network = self._explorer.network(epoch)
        packed = pack_neurons(network, self._pool) if self._stored is None else None
        if packed is not None:
            self._error = max(self._error, packed.error)
            self._tables.append(packed.json)
            return
        if self._stored is None:
            self._stored = self._strongest(network)
        self._tables.append({"maps": store_maps(network, self._stored, self._pool)})

    def _strongest(self, network: Network) -> tuple[int, ...]:
        """The neurons of largest share in each cluster and in the rest, at the reference epoch; the selected one first.

        As many as have room.
        """
        p, reference = network.task.p, self._selection.reference_epoch
        room = max(int(_MAPS_BYTES / (len(self._explorer.epochs) * 2 * 4 / 3 * p * p)), 1)
        share = np.nan_to_num(self._explorer.summary(reference).neurons.share)
        groups = [_by_share(cluster, share) for cluster in self._explorer.clusters(reference, reference)]
        ranked = [neurons[rank] for rank in range(_PER_CLUSTER) for neurons in groups if rank < len(neurons)]
        return tuple(sorted(dict.fromkeys([self._selection.neuron, *ranked][:room])))

    def data(self) -> Json:
        """The neurons as JSON."""
        explorer, reference = self._explorer, self._selection.reference_epoch
        keys = explorer.keys(reference)
        order = explorer.order
        share = np.nan_to_num(explorer.summary(reference).neurons.share)
        return {
            "count": len(share),
            "start": self._selection.neuron,
            "stored": None if self._stored is None else list(self._stored),
            "error": self._error,
            "keys": list(keys),
            "colours": {str(k): frequency_colour(k, keys) for k in keys},
            "tokens": order.array.tolist(),
            "strongest": [
                {"frequency": cluster.frequency, "neurons": _by_share(cluster, share)[:_PER_CLUSTER]}
                for cluster in explorer.clusters(reference, reference)
            ],
            "facts": self._facts,
            "tables": self._tables,
        }


def _by_share(cluster: Cluster, share: np.ndarray) -> Sequence[int]:
    """The neurons of a cluster, the largest share first."""
    ranked: list[int] = cluster.neurons[np.argsort(-share[cluster.neurons], kind="stable")].tolist()
    return ranked
