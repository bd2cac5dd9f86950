"""Which parts of a network an ablation removes. Imports no torch: the command line and the key bindings use it too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Preset = Literal["key-frequencies", "key-frequencies-no-rest", "sum-directions"]
Fill = Literal["zero", "mean"]


@dataclass(frozen=True)
class Ablation:
    """The ablated parts and what replaces them; by default nothing is ablated.

    Presets: `key-frequencies` keeps of each cluster that is not ablated its 9 terms, the rest unfiltered and no direct
    path (with cluster k ablated it is the intervention "without cluster k"); `key-frequencies-no-rest` also ablates the
    rest; `sum-directions` projects the logits on the key frequencies' `cos, sin w_k(x + y)` (x - y in a run that
    subtracts).
    """

    clusters: frozenset[int | None] = frozenset()  # by key frequency; None: the rest
    heads: frozenset[int] = frozenset()
    direct: bool = False  # the path around the MLP
    preset: Preset | None = None
    fill: Fill = "zero"  # zero ablation or mean ablation

    @property
    def nothing(self) -> bool:
        """Whether the network is whole."""
        return not (self.clusters or self.heads or self.direct or self.preset)
