"""The model written out plainly, in float64, over all p^2 prompts: what every short cut must agree with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.networks.config import ActFn, ModelConfig
from engine.networks.weights import Weights

ACTIVATIONS: dict[ActFn, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu,
    "gelu": F.gelu,
    "gelu_new": lambda pre: F.gelu(pre, approximate="tanh"),
    "silu": lambda pre: pre * torch.sigmoid(pre),
    "tanh": torch.tanh,
    "quadratic": lambda pre: pre**2,
}


@dataclass(frozen=True, eq=False)
class PlainForward:
    """What the last position computes, for every pair."""

    pattern: Tensor  # [x, y, head, position]
    pre: Tensor  # [x, y, neuron]
    post: Tensor  # [x, y, neuron]
    logits: Tensor  # [x, y, z], the first p only
    sign: int  # the right answer is x + sign y
    added: Tensor  # [x, y, head, d_model]: what each head adds to the residual stream
    direct: Tensor  # [x, y, d_vocab_out]: what goes to the logits around the MLP

    @property
    def loss(self) -> Tensor:
        """Cross-entropy of every pair. [x, y]"""
        p = self.logits.shape[0]
        answer = (torch.arange(p)[:, None] + self.sign * torch.arange(p)) % p
        return -self.logits.log_softmax(-1).gather(-1, answer[..., None])[..., 0]


def unchanged(values: Tensor) -> Tensor:
    return values


def plain_forward(
    weights: Weights,
    config: ModelConfig,
    *,
    edit_heads: Callable[[Tensor], Tensor] = unchanged,
    edit_post: Callable[[Tensor], Tensor] = unchanged,
    edit_direct: Callable[[Tensor], Tensor] = unchanged,
) -> PlainForward:
    """Run the whole prompt of every pair, position by position, nothing folded.

    `edit_heads` may change what is `added` on the way, `edit_post` the activations, `edit_direct` what is `direct`.
    """
    w, p = weights.to(torch.float64), config.p
    y = torch.arange(p) + config.prompt.y_offset
    values = {"x": torch.arange(p)[:, None].expand(p, p), "y": y.expand(p, p)}
    slots = [values[slot] if isinstance(slot, str) else torch.full((p, p), slot) for slot in config.prompt.slots]
    residual = w.W_E[torch.stack(slots, dim=-1)] + w.W_pos  # [x, y, position, d_model]
    q = torch.einsum("xyd,hde->xyhe", residual[:, :, -1], w.W_Q) + w.b_Q  # [x, y, head, d_head]
    k = torch.einsum("xysd,hde->xyshe", residual, w.W_K) + w.b_K  # [x, y, position, head, d_head]
    v = torch.einsum("xysd,hde->xyshe", residual, w.W_V) + w.b_V  # [x, y, position, head, d_head]
    scores = torch.einsum("xyhe,xyshe->xyhs", q, k) / config.d_head**0.5  # [x, y, head, position]
    pattern = config.attn_coeff * scores.softmax(-1) + (1 - config.attn_coeff)
    z = torch.einsum("xyhs,xyshe->xyhe", pattern, v)  # [x, y, head, d_head]
    added = edit_heads(torch.einsum("xyhe,hed->xyhd", z, w.W_O))  # [x, y, head, d_model]
    middle = residual[:, :, -1] + added.sum(dim=2) + w.b_O  # [x, y, d_model]
    pre = middle @ w.W_in + w.b_in  # [x, y, neuron]
    post = edit_post(ACTIVATIONS[config.act_fn](pre))
    direct = edit_direct(middle @ w.W_U)  # [x, y, d_vocab_out]
    logits = direct + (post @ w.W_out + w.b_out) @ w.W_U + w.b_U  # [x, y, d_vocab_out]
    sign = -1 if config.operation == "subtract" else 1
    return PlainForward(pattern, pre, post, logits[..., :p], sign, added, direct)
