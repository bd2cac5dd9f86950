"""Our weights written as others write theirs."""

from __future__ import annotations

from einops import rearrange
from torch import Tensor, ones

from engine.networks.weights import Weights

NAMES = {
    "W_E": "embed.W_E",
    "W_pos": "pos_embed.W_pos",
    **{name: f"blocks.0.attn.{name}" for name in ("W_Q", "W_K", "W_V", "W_O", "b_Q", "b_K", "b_V", "b_O")},
    **{name: f"blocks.0.mlp.{name}" for name in ("W_in", "W_out", "b_in", "b_out")},
    "W_U": "unembed.W_U",
    "b_U": "unembed.b_U",
}


def transformerlens_state(weights: Weights) -> dict[str, Tensor]:
    """TransformerLens' names and shapes, with its buffers."""
    n_ctx = len(weights.W_pos)
    buffers = {"blocks.0.attn.mask": ones(n_ctx, n_ctx).bool(), "blocks.0.attn.IGNORE": ones(()) * -1e5}
    return {NAMES[name]: tensor for name, tensor in weights.items()} | buffers


def state_2022(weights: Weights) -> dict[str, Tensor]:
    """The 2022 code's names and shapes; it has no biases but the MLP's."""
    turned = {
        "W_O": rearrange(weights.W_O, "h e d -> d (h e)"),
        **{name: getattr(weights, name).mT.contiguous() for name in ("W_E", "W_Q", "W_K", "W_V", "W_in", "W_out")},
    }
    kept = {name: getattr(weights, name) for name in ("W_pos", "b_in", "b_out", "W_U")}
    mask = {"blocks.0.attn.mask": ones(len(weights.W_pos), len(weights.W_pos)).tril()}
    return {NAMES[name]: tensor for name, tensor in (turned | kept).items()} | mask
