"""The layout of the original 2022 code, which predates TransformerLens: the same names, most matrices transposed.

`W_E [d_model, d_vocab]`, `W_Q W_K W_V [n_heads, d_head, d_model]`, `W_O [d_model, n_heads * d_head]`,
`W_in [d_mlp, d_model]`, `W_out [d_model, d_mlp]`. `W_pos` and `W_U` are as in `Weights`.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor

TRANSPOSED = frozenset(("W_E", "W_Q", "W_K", "W_V", "W_O", "W_in", "W_out"))


def matches(tensors: Mapping[str, Tensor]) -> bool:
    """Whether tensors, by role, have this layout: W_O is one matrix for all heads, W_Q has [head, d_head, d_model].

    In TransformerLens W_O has an axis for heads, in a network of `nn.Linear` layers W_Q has none.
    """
    W_Q, W_O, W_in = (tensors.get(role) for role in ("W_Q", "W_O", "W_in"))
    if W_Q is None or W_O is None or W_in is None or W_Q.ndim != 3 or W_O.ndim != 2 or W_in.ndim != 2:
        return False
    return W_Q.shape[2] == W_in.shape[1]
