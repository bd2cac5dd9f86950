"""The layout of the original 2022 code, which predates TransformerLens: the same names, most matrices transposed.

`W_E [d_model, d_vocab]`, `W_Q W_K W_V [n_heads, d_head, d_model]`, `W_O [d_model, n_heads * d_head]`,
`W_in [d_mlp, d_model]`, `W_out [d_model, d_mlp]`. `W_pos` and `W_U` are as in `Weights`.
"""

from __future__ import annotations

from collections.abc import Mapping

from einops import rearrange
from torch import Tensor

from engine.errors import UnreadableRun
from engine.state_dicts import transformerlens

_TRANSPOSED = frozenset(("W_E", "W_Q", "W_K", "W_V", "W_in", "W_out"))


def matches(tensors: Mapping[str, Tensor]) -> bool:
    """True if `W_O` is a matrix; in TransformerLens it has a separate axis for heads."""
    W_O = tensors.get("blocks.0.attn.W_O")
    return W_O is not None and W_O.ndim == 2


def rename_tensors(tensors: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """Convert to the names and shapes of `Weights`.

    Raises:
        UnsupportedModel: a tensor is not part of this layout.
        UnreadableRun: a tensor to transpose has the wrong number of axes, or W_O has the wrong width.
    """
    renamed = transformerlens.rename_tensors(tensors, source)
    for name in _TRANSPOSED & renamed.keys():
        expected = 3 if name in ("W_Q", "W_K", "W_V") else 2
        if renamed[name].ndim != expected:
            shape = list(renamed[name].shape)
            raise UnreadableRun(f"{source}: {name} has shape {shape}; expected {expected} axes.")
        renamed[name] = renamed[name].mT
    if "W_Q" in renamed:  # the caller reports missing tensors, for all layouts
        n_heads, width = renamed["W_Q"].shape[0], renamed["W_O"].shape[1]
        if n_heads == 0 or width % n_heads:
            raise UnreadableRun(
                f"{source}: W_O has shape {list(renamed['W_O'].shape)}; "
                f"expected [d_model, n_heads * d_head] for the {n_heads} heads of W_Q."
            )
        renamed["W_O"] = rearrange(renamed["W_O"], "d (h e) -> h e d", h=n_heads)
    return renamed
