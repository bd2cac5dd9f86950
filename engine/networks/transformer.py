"""A transformer of any depth on all p^2 pairs, with a plain forward pass in slabs: the protocol of `network.Network`.

The layers before the neurons on show are computed once. What the neurons read, the residual stream after attention, is
kept for the position that is read, or for all positions if the logits are read at their mean; then an activation is its
mean over the positions. The tail runs the rest of the layer, the layers after it, the last norm and the unembedding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from engine.networks.embedding_gradients import embedding_gradients
from engine.networks.named_weights import NamedWeights
from engine.networks.network_base import NetworkBase
from engine.networks.overflow import require_finite
from engine.networks.parts import Fill
from engine.networks.scratch import Scratch
from engine.networks.slabs import slabs_of
from engine.networks.transformer_block import Block, EditHeads
from engine.networks.transformer_config import TransformerConfig
from engine.networks.transformer_ends import (
    embed,
    logits_of_embeddings,
    mean_over_positions,
    read_positions,
    unembed,
)


@dataclass(frozen=True, eq=False)
class Transformer(NetworkBase):
    """A transformer of one checkpoint. Logits are those of the answers z = 0 .. p-1."""

    config: TransformerConfig
    weights: NamedWeights
    pattern: Tensor  # [x, y, head, position]: attention of the layer on show from the position that is read
    middle: Mapping[int, Tensor]  # [x, y, d_model] by position that is read: the residual stream before the MLP
    # [x, y, d_model] by other position: the residual stream after the layer, if later layers attend to it
    others: Mapping[int, Tensor]
    direct: Mapping[int, Tensor] | None = None  # replaces `middle` in the path around the MLP; [d_model] by position

    @property
    def device(self) -> torch.device:
        return self.weights.device

    @property
    def dtype(self) -> torch.dtype:
        return self.weights.dtype

    @property
    def block(self) -> Block:
        """The layer on show."""
        return Block(self.config, self.weights, self.config.shown_layer)

    # Neurons ------------------------------------------------------------------------------------------------------

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        return self.pre_rows(slice(None), slice(neuron, neuron + 1))[..., 0]

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        return self.post_rows(slice(None), slice(neuron, neuron + 1))[..., 0]

    def pre_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return mean_over_positions([self.block.pre(middle[x], neurons) for middle in self.middle.values()])

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return mean_over_positions([self.block.post(middle[x], neurons) for middle in self.middle.values()])

    def post_rows_after(self, x: slice, read_pre: Callable[[Tensor], None], scratch: Scratch | None = None) -> Tensor:
        """Activations for a slab of x; `read_pre` gets the pre-activations before they are overwritten."""
        middles = [middle[x] for middle in self.middle.values()]
        pres = [self.block.pre(middle) for middle in middles]
        read_pre(mean_over_positions(pres))
        return mean_over_positions(
            [self.block.activate(pre, middle) for pre, middle in zip(pres, middles, strict=True)]
        )

    # Logits -------------------------------------------------------------------------------------------------------

    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Logits for a slab of x from its activations `post` [x, y, neuron], through the tail. [x, y, z]

        If the logits are read at the mean, what `post` differs by from the activations is added at every position.
        """
        stream = {position: residual[x] for position, residual in self.others.items()}
        shifts = self._shifts(x, post)
        for position, middle in self.middle.items():
            around = middle[x] if self.direct is None else self.direct[position].expand_as(middle[x])
            stream[position] = self.block.after_mlp(around, shifts[position])
        for layer in range(self.config.shown_layer + 1, self.config.n_layers):
            queries = _queries(self.config, layer)
            block, before = Block(self.config, self.weights, layer), [stream[position] for position in sorted(stream)]
            stream = dict(zip(queries, block(before, queries), strict=True))
        return unembed([stream[position] for position in self.middle], self.weights, self.config)

    def _shifts(self, x: slice, post: Tensor) -> dict[int, Tensor]:
        """The activations at each position that is read. [x, y, neuron] by position"""
        if len(self.middle) == 1:
            return dict.fromkeys(self.middle, post)
        own = {position: self.block.post(middle[x]) for position, middle in self.middle.items()}
        shift = post - mean_over_positions(list(own.values()))
        return {position: activations + shift for position, activations in own.items()}

    def pair(self, x: int, y: int) -> tuple[Tensor, Tensor]:
        """Activations and logits of one pair. [neuron], [z]"""
        row = slice(x, x + 1)
        post = self.post_rows(row)
        return post[0, y], self.logits(row, post)[0, y]

    # Optional parts -----------------------------------------------------------------------------------------------

    @property
    def W_E(self) -> Tensor:
        """The embedding of the tokens of x. [x, d_model]"""
        return self.weights["embed.W_E"][: self.config.p]

    @property
    def W_U(self) -> Tensor:
        """The unembedding. [d_model, z]"""
        return self.weights["unembed.W_U"][:, : self.config.p]

    @property
    def W_logit(self) -> Tensor:
        """W_out W_U of a linear tail. [neuron, z]

        Raises:
            MissingPart: the tail is not linear.
        """
        self.config.require_linear_tail()
        W_out = self.weights[f"blocks.{self.config.shown_layer}.mlp.W_out"]
        return (W_out.double() @ self.W_U.double()).to(self.dtype)

    def answer_gradients(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y, by autograd: [pair] each -> [pair, d_model] each"""
        of_y = self.weights["embed_y.W_E" if self.config.y_embedding else "embed.W_E"]
        logits = partial(logits_of_embeddings, self.weights, self.config)
        return embedding_gradients(logits, self.W_E[x], of_y[y], z)

    def without(self, heads: frozenset[int], direct: bool, fill: Fill) -> Transformer:
        """Ablate heads of the layer on show, or the path around its MLP. A head is ablated at every position."""
        remaining = self
        if heads:
            remaining = _run(self.weights, self.config, _ablate_heads(self.weights, self.config, heads, fill))
        if direct:
            means = {
                position: middle.mean(dim=(0, 1)) * (fill == "mean") for position, middle in remaining.middle.items()
            }
            remaining = replace(remaining, direct=means)
        return remaining


def build_transformer(weights: NamedWeights, config: TransformerConfig) -> Transformer:
    """Run the layers before the neurons on show for all pairs.

    The result has the dtype of the weights, or float32 for half precision.

    Raises:
        OutOfRange: the weights are so large that the residual stream overflows.
    """
    weights = weights.to(torch.promote_types(weights.dtype, torch.float32))
    network = _run(weights, config, None)
    for residual in (*network.middle.values(), *network.others.values()):
        require_finite("The residual stream", residual)
    return network


def _run(weights: NamedWeights, config: TransformerConfig, edit_heads: EditHeads | None) -> Transformer:
    read = read_positions(config)
    block, queries = Block(config, weights, config.shown_layer), _queries(config, config.shown_layer)
    patterns: list[Tensor] = []
    middle: dict[int, list[Tensor]] = {position: [] for position in read}
    others: dict[int, list[Tensor]] = {position: [] for position in queries if position not in middle}
    for x in slabs_of(config.p, config.n_neurons, weights.dtype):
        stream = _before_layer_on_show(weights, config, x)
        after_attention, attended = block.attention(stream, queries, edit_heads)
        by_query = dict(zip(queries, attended, strict=True))
        patterns.append(_expand(mean_over_positions([by_query[position] for position in read]), x, config))
        for position, residual in zip(queries, after_attention, strict=True):
            if position in middle:
                middle[position].append(_expand(residual, x, config))
            else:
                others[position].append(_expand(block.after_mlp(residual, block.post(residual)), x, config))
    return Transformer(
        config=config,
        weights=weights,
        pattern=torch.cat(patterns),
        middle={position: torch.cat(rows) for position, rows in middle.items()},
        others={position: torch.cat(rows) for position, rows in others.items()},
    )


def _before_layer_on_show(weights: NamedWeights, config: TransformerConfig, x: slice) -> list[Tensor]:
    tokens = torch.arange(config.p, device=weights.device)
    stream = embed(weights, config, tokens[x, None], tokens[None])
    for layer in range(config.shown_layer):
        stream = Block(config, weights, layer)(stream, range(config.prompt.n_ctx))
    return stream


def _queries(config: TransformerConfig, layer: int) -> list[int]:
    """The positions that a layer computes: after the last layer, those that are read."""
    is_last = layer == config.n_layers - 1
    return read_positions(config) if is_last else [*range(config.prompt.n_ctx)]


def _expand(values: Tensor, x: slice, config: TransformerConfig) -> Tensor:
    """Give axes of length 1 their full length. [x, y, ...]"""
    return values.expand(x.stop - x.start, config.p, *values.shape[2:])


def _ablate_heads(weights: NamedWeights, config: TransformerConfig, heads: frozenset[int], fill: Fill) -> EditHeads:
    """Replace what heads of the layer on show add by zero, or by its mean over all pairs."""
    ablated = sorted(heads)
    means: dict[int, Tensor] = {}  # [head, d_head] by position
    if fill == "mean":
        block, queries = Block(config, weights, config.shown_layer), _queries(config, config.shown_layer)
        for x in slabs_of(config.p, config.n_neurons, weights.dtype):
            block.attention(
                _before_layer_on_show(weights, config, x), queries, partial(_add_to_means, means, x, config)
            )

    def edit(position: int, z: Tensor) -> Tensor:
        edited = z.clone()
        edited[:, :, ablated] = means[position][ablated] if means else 0
        return edited

    return edit


def _add_to_means(means: dict[int, Tensor], x: slice, config: TransformerConfig, position: int, z: Tensor) -> Tensor:
    total = _expand(z, x, config).sum(dim=(0, 1)) / config.p**2
    means[position] = means.get(position, torch.zeros_like(total)) + total
    return z
