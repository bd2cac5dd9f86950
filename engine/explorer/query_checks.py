"""Checks of what a query names: each returns its argument, or raises UnknownQuery with the valid values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import UnknownQuery
from engine.metrics.ablation_spec import Ablation, require_clusters
from engine.networks.layers import n_layers
from engine.networks.parts import require_part

if TYPE_CHECKING:
    from engine.explorer.explorer import Explorer


@dataclass(frozen=True)
class QueryChecks:
    """The checks against the run of an explorer."""

    explorer: Explorer

    def epoch(self, epoch: int) -> int:
        """The epoch, if it has a checkpoint; the error message names the nearest epochs."""
        return self.explorer.run.checkpoint(epoch).epoch

    def layer(self, layer: int) -> int:
        """The MLP layer, if the network has it."""
        return self._check("layers", layer, n_layers(self.explorer.run.config))

    def neuron(self, neuron: int) -> int:
        """The neuron, if the network has it."""
        return self._check("neurons", neuron, self.explorer.run.config.n_neurons)

    def head(self, head: int) -> int:
        """The attention head, if the network has it."""
        require_part(self.explorer.run.config, "attention", "a choice of heads")
        return self._check("heads", head, self.explorer.run.config.n_heads)

    def dimension(self, dimension: int) -> int:
        """The dimension of the residual stream, if the network has it."""
        return self._check("dimensions", dimension, self.explorer.run.config.d_model)

    def token(self, token: int) -> int:
        """The number, if it is a token from 0 to p - 1."""
        return self._check("numbers", token, self.explorer.run.config.p)

    def ablation(self, ablation: Ablation, reference_epoch: int) -> Ablation:
        """The ablation, if the network has the clusters and heads that it removes."""
        for head in ablation.heads:
            self.head(head)
        if ablation.direct:
            require_part(self.explorer.run.config, "direct path", "direct-path ablation")
        if ablation.preset is not None:
            self.explorer.config.task.require_sum_directions()
        if ablation.clusters - {None}:
            require_clusters(ablation, self.explorer.keys(reference_epoch), reference_epoch)
        return ablation

    def _check(self, what: str, number: int, count: int) -> int:
        if not 0 <= number < count:
            raise UnknownQuery(f"{self.explorer.run.name} has {what} 0 to {count - 1}; found {number}.")
        return number
