"""The loss without each cluster of a checkpoint, under zero and mean ablation, computed one ablation at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from engine.metrics.ablation_spec import Ablation
from engine.metrics.neuron_clusters import Cluster
from engine.networks.parts import Fill

_FILLS: tuple[Fill, ...] = ("zero", "mean")


class ClusterLosses:
    """Losses over all pairs. `steps` computes those that are not known yet; it can be stopped and resumed.

    Args:
        clusters: of one checkpoint; without neurons a cluster changes nothing when it is ablated.
        original: the loss without ablation.
        loss: the loss under an ablation; one pass over all pairs.
    """

    def __init__(self, clusters: Sequence[Cluster], original: float, loss: Callable[[Ablation], float]) -> None:
        self._clusters = clusters
        self._loss = loss
        self._known = {
            (cluster.frequency, fill): original for cluster in clusters if not len(cluster.neurons) for fill in _FILLS
        }

    def known(self, frequency: int | None, fill: Fill) -> float | None:
        """The loss without a cluster (None: the rest); None if it is not computed yet."""
        return self._known.get((frequency, fill))

    def steps(self) -> Iterator[None]:
        """Compute the missing losses, those under zero ablation first; yields after each."""
        for fill in _FILLS:
            for cluster in self._clusters:
                key = cluster.frequency, fill
                if key not in self._known:
                    self._known[key] = self._loss(Ablation(clusters=frozenset({cluster.frequency}), fill=fill))
                    yield
