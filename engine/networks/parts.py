"""The optional parts of a network: a metric or a view that needs one says so where it is missing. Imports no torch.

- attention: `Network.pattern`, and ablation of heads
- token tables: the OV and QK circuits, as products of the weights
- W_E, W_U: embedding and unembedding
- W_logit: a linear tail, logits = post W_logit + terms that do not depend on the neurons
- direct path: the path around the MLP, and its ablation
- gradients: those of a logit with respect to the embeddings of x and y
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol, get_args

from engine.errors import UnknownQuery

Part = Literal["attention", "token tables", "W_E", "W_U", "W_logit", "direct path", "gradients"]
PARTS: tuple[Part, ...] = get_args(Part)
Fill = Literal["zero", "mean"]  # what replaces an ablated part

_NAMES: Mapping[Part, str] = {
    "direct path": "a path around the MLP",
    "gradients": "gradients of the logits on the embeddings",
}  # in messages


class MissingPart(UnknownQuery):
    """The network has no such part; the message says what it is."""


class HasParts(Protocol):
    """A network, or its config."""

    @property
    def description(self) -> str:
        """The architecture in a few words, such as "an MLP" or "a 2-layer transformer with LayerNorm"."""
        ...

    @property
    def parts(self) -> frozenset[Part]:
        """The optional parts that the network has."""
        ...


def missing_part(network: HasParts, *parts: Part, what: str = "this") -> MissingPart:
    """The error about parts that a network lacks; `what` needs one of them."""
    needed = " or ".join(_NAMES.get(part, part) for part in parts)
    return MissingPart(f"{what} needs {needed}; this network is {network.description}.")


def require_part(network: HasParts, part: Part, what: str) -> None:
    """Check that a network has a part; `what` needs it.

    Raises:
        MissingPart: it has not, for example "attention-map needs attention; this network is an MLP."
    """
    require_one_part(network, (part,), what)


def require_one_part(network: HasParts, parts: Sequence[Part], what: str) -> None:
    """Check that a network has one of some parts; `what` needs one of them.

    Raises:
        MissingPart: it has none.
    """
    if network.parts.isdisjoint(parts):
        raise missing_part(network, *parts, what=what)
