"""The layout of the 2022 code, before TransformerLens: the same names, most matrices the other way round.

`W_E [d_model, d_vocab]`, `W_Q W_K W_V [n_heads, d_head, d_model]`, `W_O [d_model, n_heads * d_head]`,
`W_in [d_mlp, d_model]`, `W_out [d_model, d_mlp]`; `W_pos [n_ctx, d_model]` and `W_U [d_model, d_vocab]` as ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from einops import rearrange
from torch import Tensor

from engine.errors import UnreadableRun
from engine.state_dicts import transformerlens

_TRANSPOSED = frozenset(("W_E", "W_Q", "W_K", "W_V", "W_in", "W_out"))


def matches(tensors: Mapping[str, Tensor]) -> bool:
    """Known by its `W_O`, a plain matrix; TransformerLens keeps the heads apart."""
    output = tensors.get("blocks.0.attn.W_O")
    return output is not None and output.ndim == 2


def rename_tensors(tensors: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """The tensors under our names, in our shapes.

    Raises:
        UnsupportedModel: a tensor that this layout does not have.
        UnreadableRun: a tensor without the axes that are exchanged.
    """
    named = transformerlens.rename_tensors(tensors, source)
    for name in _TRANSPOSED & named.keys():
        expected = 3 if name in ("W_Q", "W_K", "W_V") else 2
        if named[name].ndim != expected:
            shape = list(named[name].shape)
            raise UnreadableRun(f"{source}: {name} has shape {shape}; expected {expected} axes.")
        named[name] = named[name].mT
    if "W_Q" in named:  # what is missing is told once, for every layout
        n_heads, width = named["W_Q"].shape[0], named["W_O"].shape[1]
        if n_heads == 0 or width % n_heads:
            raise UnreadableRun(
                f"{source}: W_O has shape {list(named['W_O'].shape)}; "
                f"expected [d_model, n_heads * d_head] for the {n_heads} heads of W_Q."
            )
        named["W_O"] = rearrange(named["W_O"], "d (h e) -> h e d", h=n_heads)
    return named
