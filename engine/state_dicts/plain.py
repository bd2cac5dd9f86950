"""The plain layout: the names and shapes of `Weights`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from torch import Tensor

from engine.networks.weights import Weights
from engine.state_dicts.names import reject_unknown_tensors

NAMES = frozenset(field.name for field in fields(Weights))


def matches(tensors: Mapping[str, Tensor]) -> bool:
    """True if any tensor has a name of this layout."""
    return any(name in NAMES for name in tensors)


def rename_tensors(tensors: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Return the tensors unchanged.

    Raises:
        UnsupportedModel: a tensor is not part of this layout.
    """
    reject_unknown_tensors([name for name in tensors if name not in NAMES], source)
    return dict(tensors)
