"""A plain forward pass on a batch of pairs, to try one way to read the tensors of a checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from einops import einsum
from torch import Tensor

from engine.networks.activations import activation
from engine.networks.config import ActFn, Prompt


@dataclass(frozen=True)
class Reading:
    """One way to run the tensors of a checkpoint."""

    p: int
    prompt: Prompt
    act_fn: ActFn
    n_heads: int
    attn_coeff: float
    transposed: bool  # square matrices are stored as [out, in]

    @property
    def settings(self) -> dict[str, Any]:
        """The value of each setting."""
        return {
            "task": (self.p, self.prompt),
            "act_fn": self.act_fn,
            "n_heads": self.n_heads,
            "attn_coeff": self.attn_coeff,
            "transposed": self.transposed,
        }


def pair_logits(reading: Reading, tensors: Mapping[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Logits of the p answers for a batch of pairs, by a plain forward pass. [pair, z]"""
    tokens = {"x": x, "y": y + reading.prompt.y_offset}
    slots = [tokens[slot] if isinstance(slot, str) else torch.full_like(x, slot) for slot in reading.prompt.slots]
    w: dict[str, Any] = {**dict.fromkeys(("W_pos", "b_Q", "b_K", "b_V", "b_O", "b_in", "b_out", "b_U"), 0), **tensors}
    W_pos = w["W_pos"] if isinstance(w["W_pos"], int) else w["W_pos"][: len(slots)]
    residual = w["W_E"][torch.stack(slots, dim=-1)] + W_pos  # [pair, position, d_model]
    query = einsum(residual[:, -1], w["W_Q"], "pair d, head d e -> pair head e") + w["b_Q"]
    key = einsum(residual, w["W_K"], "pair position d, head d e -> pair position head e") + w["b_K"]
    value = einsum(residual, w["W_V"], "pair position d, head d e -> pair position head e") + w["b_V"]
    scores = einsum(query, key, "pair head e, pair position head e -> pair head position")
    pattern = (scores / math.sqrt(key.shape[-1])).softmax(dim=-1)
    pattern = reading.attn_coeff * pattern + (1 - reading.attn_coeff)
    z = einsum(pattern, value, "pair head position, pair position head e -> pair head e")
    middle = residual[:, -1] + einsum(z, w["W_O"], "pair head e, head e d -> pair d") + w["b_O"]
    post = activation(reading.act_fn, middle @ w["W_in"] + w["b_in"])
    logits: Tensor = (middle + post @ w["W_out"] + w["b_out"]) @ w["W_U"] + w["b_U"]
    return logits[:, : reading.p]
