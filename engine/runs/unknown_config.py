"""The config of a run without checkpoints: unknown, and never silently assumed."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from engine.errors import NeedsWeights
from engine.networks.config import ModelConfig

_FIELDS = frozenset(field.name for field in fields(ModelConfig))


def needs_weights(run: str) -> NeedsWeights:
    """The error about a question that only the weights of a run could answer."""
    return NeedsWeights(f"{run} has losses but no checkpoints; this needs weights.")


class UnknownConfig(ModelConfig):
    """Stands for a config that nothing records.

    So a run without weights opens, and all that depends on its network says why it cannot be computed.

    Raises:
        NeedsWeights: any of its settings is read.
    """

    def __init__(self, run: str) -> None:
        object.__setattr__(self, "run", run)

    def __getattribute__(self, name: str) -> Any:
        if name in _FIELDS:
            raise needs_weights(self.run)
        return super().__getattribute__(name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnknownConfig)

    def __hash__(self) -> int:
        return hash(UnknownConfig)
