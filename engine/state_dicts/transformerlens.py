"""The TransformerLens layout: names such as `blocks.0.attn.W_Q`, shapes as in `Weights`."""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

from engine.state_dicts.names import reject_unknown_tensors

NAMES = {
    "embed.W_E": "W_E",
    "pos_embed.W_pos": "W_pos",
    **{f"blocks.0.attn.{name}": name for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")},
    **{f"blocks.0.mlp.{name}": name for name in ("W_in", "W_out", "b_in", "b_out")},
    "unembed.W_U": "W_U",
    "unembed.b_U": "b_U",
}


def matches(tensors: Mapping[str, Tensor]) -> bool:
    """True if any tensor has a name of this layout."""
    return any(name in NAMES for name in tensors)


def rename_tensors(tensors: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Convert to the names of `Weights`.

    Raises:
        UnsupportedModel: a tensor is not part of this layout.
    """
    reject_unknown_tensors([name for name in tensors if name not in NAMES], source)
    return {NAMES[name]: tensor for name, tensor in tensors.items()}
