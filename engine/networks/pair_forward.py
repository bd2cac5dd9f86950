"""The model on a batch of pairs, differentiable: what training runs.

`folded.py` is the same model over all pairs at once; here values are looked up per pair, and gradients flow.
"""

from __future__ import annotations

import math

import torch
from einops import einsum, rearrange
from torch import Tensor

from engine.networks.activations import activation
from engine.networks.config import ModelConfig
from engine.networks.task import answers


def initial_weights(config: ModelConfig, seed: int) -> dict[str, Tensor]:
    """The parameters that are trained, drawn as the paper's code draws them.

    In its order and in its shapes, which are ours transposed: `randn / sqrt(d_model)`, the unembedding
    `randn / sqrt(d_vocab)`, MLP biases zero, no other biases.
    """
    generator = torch.Generator().manual_seed(seed)
    d_model, d_mlp = config.d_model, config.d_mlp

    def draw(*shape: int, fan: int = d_model) -> Tensor:
        return torch.randn(*shape, generator=generator) / math.sqrt(fan)

    drawn: dict[str, Tensor] = {}
    drawn["W_E"] = draw(d_model, config.d_vocab).T
    drawn["W_pos"] = draw(config.prompt.n_ctx, d_model)
    for name in ("W_K", "W_Q", "W_V"):
        drawn[name] = draw(config.n_heads, config.d_head, d_model).mT
    drawn["W_O"] = rearrange(draw(d_model, config.n_heads * config.d_head), "d (h e) -> h e d", h=config.n_heads)
    drawn["W_in"] = draw(d_mlp, d_model).T
    drawn["b_in"] = torch.zeros(d_mlp)
    drawn["W_out"] = draw(d_model, d_mlp).T
    drawn["b_out"] = torch.zeros(d_model)
    drawn["W_U"] = draw(d_model, config.d_vocab_out, fan=config.d_vocab)
    return {name: tensor.contiguous() for name, tensor in drawn.items()}


def pair_logits(w: dict[str, Tensor], config: ModelConfig, x: Tensor, y: Tensor) -> Tensor:
    """Logits of the prompts `x y =` for a batch of pairs. [pair, d_vocab_out]

    Scores and values are computed once a token and looked up once a pair; `W_O W_in`, `W_out W_U` and `W_O W_U`
    are multiplied first, which leaves three products as long as the batch.
    """
    r_x = w["W_E"][: config.p] + w["W_pos"][0]  # [p, d_model]
    r_y = w["W_E"][: config.p] + w["W_pos"][1]
    r_equals = w["W_E"][config.p] + w["W_pos"][2]  # [d_model]

    query = einsum(r_equals, w["W_Q"], "d, h d e -> h e")
    key = einsum(query, w["W_K"], "h e, h d e -> d h") / config.d_head**0.5
    read = torch.cat((key, rearrange(w["W_V"], "h d e -> d (h e)")), dim=1)  # [d_model, head + head d_head]
    # An embedding's backward sums row by row in a fixed order; indexing's may use atomic adds.
    of_x = torch.nn.functional.embedding(x, r_x @ read)
    of_y = torch.nn.functional.embedding(y, r_y @ read)
    of_equals = (r_equals @ read).expand(len(x), -1)
    slots = [
        looked_up.split((config.n_heads, config.n_heads * config.d_head), dim=1)
        for looked_up in (of_x, of_y, of_equals)
    ]
    pattern = torch.stack([scores for scores, _ in slots], dim=-1).softmax(dim=-1)  # [pair, head, position]
    z = torch.stack(
        [
            pattern[:, :, position, None] * rearrange(values, "pair (h e) -> pair h e", h=config.n_heads)
            for position, (_, values) in enumerate(slots)
        ]
    ).sum(dim=0)
    z = rearrange(z, "pair h e -> pair (h e)")

    W_O = rearrange(w["W_O"], "h e d -> (h e) d")
    pre = torch.addmm(r_equals @ w["W_in"] + w["b_in"], z, W_O @ w["W_in"])  # [pair, d_mlp]
    post = activation(config.act_fn, pre, overwrite=True)
    direct = torch.addmm((r_equals + w["b_out"]) @ w["W_U"], z, W_O @ w["W_U"])
    return torch.addmm(direct, post, w["W_out"] @ w["W_U"])


def pair_loss(w: dict[str, Tensor], config: ModelConfig, x: Tensor, y: Tensor) -> Tensor:
    """Mean cross-entropy over all d_vocab_out logits, in float64 as the paper trains."""
    log_probabilities = pair_logits(w, config, x, y).double().log_softmax(dim=-1)
    answer = answers(config.p, config.operation, x.device)[x, y]
    return -log_probabilities.gather(1, answer[:, None]).mean()
