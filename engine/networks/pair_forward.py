"""The forward pass and the loss on a batch of pairs, differentiable by autograd: the definition of `pair_step`.

The same network as in `folded.py`, with the prompt `x y =`. Only `=`, the last position, is read, so queries, the MLP
and the logits are computed there alone. Nothing depends on x and y except the values and attention scores of the first
two positions. Both are linear in the embedding, so they are computed once per token and looked up per pair.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from einops import einsum, rearrange
from torch import Tensor

from engine.networks.activations import activation
from engine.networks.config import ModelConfig
from engine.networks.stablemax import log_s
from engine.networks.task import answers
from engine.networks.training_config import Loss


def initial_weights(config: ModelConfig, seed: int) -> dict[str, Tensor]:
    """Draw the trained parameters as the paper's code does: same generator, order, shapes and scales.

    `randn / sqrt(d_model)`, the unembedding `randn / sqrt(d_vocab)`, MLP biases zero, no other biases. The paper's
    matrices are ours transposed.
    """
    generator = torch.Generator().manual_seed(seed)
    d_model, d_mlp = config.d_model, config.d_mlp

    def randn(*shape: int, fan_in: int = d_model) -> Tensor:
        return torch.randn(*shape, generator=generator) / math.sqrt(fan_in)

    w: dict[str, Tensor] = {}
    w["W_E"] = randn(d_model, config.d_vocab).T
    w["W_pos"] = randn(config.prompt.n_ctx, d_model)
    for name in ("W_K", "W_Q", "W_V"):
        w[name] = randn(config.n_heads, config.d_head, d_model).mT
    w["W_O"] = rearrange(randn(d_model, config.n_heads * config.d_head), "d (h e) -> h e d", h=config.n_heads)
    w["W_in"] = randn(d_mlp, d_model).T
    w["b_in"] = torch.zeros(d_mlp)
    w["W_out"] = randn(d_model, d_mlp).T
    w["b_out"] = torch.zeros(d_model)
    w["W_U"] = randn(d_model, config.d_vocab_out, fan_in=config.d_vocab)
    return {name: tensor.contiguous() for name, tensor in w.items()}


def pair_logits(w: dict[str, Tensor], config: ModelConfig, x: Tensor, y: Tensor) -> Tensor:
    """Logits of the prompts `x y =` for a batch of pairs. [pair, d_vocab_out]

    `W_O W_in`, `W_out W_U` and `W_O W_U` are multiplied first, which leaves three products over the batch.
    """
    n_heads, d_head = config.n_heads, config.d_head
    # residual stream before attention
    r_x = w["W_E"][: config.p] + w["W_pos"][0]  # [p, d_model]
    r_y = w["W_E"][: config.p] + w["W_pos"][1]  # [p, d_model]
    r_equals = w["W_E"][config.p] + w["W_pos"][2]  # [d_model]

    # attention scores and values of each position, computed per token and looked up per pair
    query = einsum(r_equals, w["W_Q"], "d, h d e -> h e")
    W_score = einsum(query, w["W_K"], "h e, h d e -> d h") / d_head**0.5
    W_read = torch.cat((W_score, rearrange(w["W_V"], "h d e -> d (h e)")), dim=1)  # [d_model, n_heads * (1 + d_head)]
    # F.embedding sums its gradients in a fixed order; the backward pass of indexing may use atomic adds.
    read_x = F.embedding(x, r_x @ W_read)  # [pair, n_heads * (1 + d_head)]
    read_y = F.embedding(y, r_y @ W_read)
    read_equals = (r_equals @ W_read).expand(len(x), -1)
    positions = [read.split((n_heads, n_heads * d_head), dim=1) for read in (read_x, read_y, read_equals)]

    # attention
    pattern = torch.stack([scores for scores, _ in positions], dim=-1).softmax(dim=-1)  # [pair, head, position]
    z = torch.stack(
        [
            pattern[:, :, position, None] * rearrange(values, "pair (h e) -> pair h e", h=n_heads)
            for position, (_, values) in enumerate(positions)
        ]
    ).sum(dim=0)  # [pair, head, d_head]
    z = rearrange(z, "pair h e -> pair (h e)")
    W_O = rearrange(w["W_O"], "h e d -> (h e) d")

    # MLP, and the path around it
    pre = torch.addmm(r_equals @ w["W_in"] + w["b_in"], z, W_O @ w["W_in"])  # [pair, d_mlp]
    post = activation(config.act_fn, pre, inplace=True)  # [pair, d_mlp]
    direct = torch.addmm((r_equals + w["b_out"]) @ w["W_U"], z, W_O @ w["W_U"])  # [pair, d_vocab_out]
    return torch.addmm(direct, post, w["W_out"] @ w["W_U"])  # [pair, d_vocab_out]


def pair_loss(w: dict[str, Tensor], config: ModelConfig, x: Tensor, y: Tensor, loss: Loss = "cross-entropy") -> Tensor:
    """Mean cross-entropy over all d_vocab_out logits, in float64 as in the paper's code."""
    logits = pair_logits(w, config, x, y).double()  # [pair, d_vocab_out]
    log_probabilities = (log_s(logits) if loss == "stablemax" else logits).log_softmax(dim=-1)
    answer = answers(config.task, x.device)[x, y]  # [pair]
    return -log_probabilities.gather(1, answer[:, None]).mean()
