"""Our own layout: the names of `Weights` as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from torch import Tensor

from engine.networks.weights import Weights
from engine.state_dicts.names import reject_unknown_tensors

NAMES = frozenset(field.name for field in fields(Weights))


def matches(tensors: Mapping[str, Tensor]) -> bool:
    return any(name in NAMES for name in tensors)


def rename_tensors(tensors: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """The tensors as they are.

    Raises:
        UnsupportedModel: a tensor that this layout does not have.
    """
    reject_unknown_tensors([name for name in tensors if name not in NAMES], source)
    return dict(tensors)
