"""The names of TransformerLens, such as `blocks.0.attn.W_Q`; the axes are those of `Weights`.

The 2022 layout has the same names, but other axes (`original_2022`). Other names are in `roles`.
"""

from __future__ import annotations

NAMES = {
    "embed.W_E": "W_E",
    "pos_embed.W_pos": "W_pos",
    **{f"blocks.0.attn.{name}": name for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")},
    **{f"blocks.0.mlp.{name}": name for name in ("W_in", "W_out", "b_in", "b_out")},
    "unembed.W_U": "W_U",
    "unembed.b_U": "b_U",
}
