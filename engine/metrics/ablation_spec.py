"""Which parts of a network an ablation removes. Imports no torch: the command line and the key bindings use it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from engine.errors import UnknownQuery
from engine.networks.parts import Fill

Preset = Literal["key-frequencies", "key-frequencies-no-rest", "sum-directions"]


@dataclass(frozen=True)
class Ablation:
    """The ablated parts and what replaces them; by default nothing is ablated.

    Presets restrict the network that remains:

    - `key-frequencies`: each remaining cluster is filtered to the 9 terms of its frequency, the rest is not filtered,
      and there is no direct path. With cluster k ablated, this is the intervention "without cluster k".
    - `key-frequencies-no-rest`: the same without the rest.
    - `sum-directions`: the logits are projected on `cos w_k(x + y)` and `sin w_k(x + y)` of the key frequencies
      (x - y in a run that subtracts).
    """

    clusters: frozenset[int | None] = frozenset()  # by key frequency; None: the rest
    heads: frozenset[int] = frozenset()
    direct: bool = False  # the path around the MLP
    preset: Preset | None = None
    fill: Fill = "zero"  # zero ablation or mean ablation

    @property
    def nothing(self) -> bool:
        """Whether no part is ablated."""
        return not (self.clusters or self.heads or self.direct or self.preset)


def require_clusters(ablation: Ablation, keys: Sequence[int], reference_epoch: int) -> None:
    """Check that each ablated cluster belongs to a key frequency of the reference epoch.

    Raises:
        UnknownQuery: a cluster does not; the message lists the key frequencies.
    """
    frequencies = {k for k in ablation.clusters if k is not None}
    if unknown := frequencies.difference(keys):
        raise UnknownQuery(
            f"Frequency {min(unknown)} has no cluster to ablate: the key frequencies of epoch "
            f"{reference_epoch:,} are {', '.join(map(str, keys)) or 'none'}; choose one of them, or the rest."
        )
