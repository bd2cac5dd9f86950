"""Both ends of a transformer: tokens to the residual stream, and the residual stream to logits."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.networks.named_weights import NamedWeights
from engine.networks.positions import sinusoidal
from engine.networks.transformer_block import Block, ToPairs, normalise
from engine.networks.transformer_config import TransformerConfig


def pair_logits(weights: NamedWeights, config: TransformerConfig, x: Tensor, y: Tensor) -> Tensor:
    """Logits of the p answers for a batch of pairs, differentiable. [pair], [pair] -> [pair, z]

    What the first layer reads and attends to depends on one token, so it is computed for each token and looked up.
    """
    tokens = {"x": x, "y": y}
    slots = config.prompt.slots

    def look_up(position: int, values: Tensor) -> Tensor:  # [token, 1, ...] -> [pair, 1, ...]
        slot = slots[position]
        if isinstance(slot, int):
            return values
        looked_up: Tensor = F.embedding(tokens[slot], values.flatten(1)).unflatten(1, values.shape[1:])
        return looked_up

    numbers = torch.arange(config.p, device=x.device)[:, None]
    stream = embed(weights, config, numbers, numbers)  # the axis of y has length 1
    return _logits_of_stream(weights, config, stream, look_up).expand(len(x), -1)


def logits_of_embeddings(weights: NamedWeights, config: TransformerConfig, e_x: Tensor, e_y: Tensor) -> Tensor:
    """The same for the embeddings of x and y, before any position. [pair, d_model] each -> [pair, z]"""
    name_of_y = "embed_y.W_E" if config.y_embedding else "embed.W_E"
    tables = {name: weights[name] for name in ("embed.W_E", name_of_y)}
    first, pairs = {}, torch.arange(len(e_x), device=e_x.device)[:, None]
    for slot, name, rows in (("x", "embed.W_E", e_x), ("y", name_of_y, e_y)):  # a row for each pair, behind the tokens
        first[slot] = len(tables[name])
        tables[name] = torch.cat([tables[name], rows])
    with_rows = NamedWeights(MappingProxyType({**weights.tensors, **tables}), weights.token_axes)
    return _logits_of_stream(weights, config, embed(with_rows, config, first["x"] + pairs, first["y"] + pairs))


def _logits_of_stream(
    weights: NamedWeights, config: TransformerConfig, stream: list[Tensor], look_up: ToPairs | None = None
) -> Tensor:
    """Logits from the residual stream before the first layer, [pair, 1, d_model] at each position. [pair, z]"""
    for layer in range(config.n_layers):
        is_last = layer == config.n_layers - 1
        queries = read_positions(config) if is_last else range(config.prompt.n_ctx)
        stream = Block(config, weights, layer)(stream, queries, look_up if layer == 0 else None)
    return unembed(stream, weights, config)[:, 0]


def embed(weights: NamedWeights, config: TransformerConfig, x: Tensor, y: Tensor) -> list[Tensor]:
    """The residual stream before the first layer, from tokens x and y whose shapes broadcast to [x, y].

    [position]: [x, y, d_model], with axes of length 1 as in `Block`
    """
    constants = torch.zeros(1, 1, dtype=torch.long, device=weights.device)
    stream = []
    for position, slot in enumerate(config.prompt.slots):
        table = weights["embed_y.W_E" if slot == "y" and config.y_embedding else "embed.W_E"]
        tokens = constants + slot if isinstance(slot, int) else x if slot == "x" else y
        residual = F.embedding(tokens, table)  # sums its gradients in a fixed order, which indexing does not
        if config.position_kind == "learned":
            residual = residual + weights["pos_embed.W_pos"][position]
        elif config.position_kind == "sinusoidal":
            residual = residual + sinusoidal(position, config.d_model, weights.dtype, weights.device)
        if "ln_embed" in config.norms:
            residual = normalise(residual, weights, "ln_embed", config)
        stream.append(residual)
    return stream


def unembed(stream: Sequence[Tensor], weights: NamedWeights, config: TransformerConfig) -> Tensor:
    """Logits of the p answers from the residual stream at the positions that are read. [x, y, z]"""
    if "ln_final" in config.norms:
        stream = [normalise(residual, weights, "ln_final", config) for residual in stream]
    W_U, b_U = weights["unembed.W_U"][:, : config.p], weights["unembed.b_U"][: config.p]
    final = mean_over_positions(stream)
    return torch.addmm(b_U, final.flatten(0, 1), W_U).reshape(*final.shape[:2], -1)


def read_positions(config: TransformerConfig) -> list[int]:
    """The positions that the logits are read at."""
    return [*range(config.prompt.n_ctx)] if config.read_index is None else [config.read_index]


def mean_over_positions(values: Sequence[Tensor]) -> Tensor:
    """The mean of one value for each position."""
    return values[0] if len(values) == 1 else torch.stack(torch.broadcast_tensors(*values)).mean(dim=0)
