"""One layer of a transformer: attention from some positions, then the MLP, on a slab of pairs.

The residual stream is a list with one tensor for each position. Its axes are [x, y, d_model]; an axis has length 1
where nothing depends on it: before the first attention, a position depends on one token at most. So keys and values
of the first layer are computed once for each token, not for each pair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from einops import einsum
from torch import Tensor

from engine.networks.activations import activation
from engine.networks.denormals import linear, product
from engine.networks.named_weights import NamedWeights
from engine.networks.positions import rotate
from engine.networks.transformer_config import TransformerConfig

Stream = Sequence[Tensor]  # [position]: [x, y, d_model]
# What the heads add at one position, before W_O: may be replaced. [x, y, head, d_head] -> the same
EditHeads = Callable[[int, Tensor], Tensor]
# What was computed for each token at one position, for pairs. [token, 1, ...] -> [x, y, ...]
ToPairs = Callable[[int, Tensor], Tensor]


def _same(position: int, values: Tensor) -> Tensor:
    return values


def normalise(x: Tensor, w: NamedWeights, prefix: str, config: TransformerConfig) -> Tensor:
    """LayerNorm or RMSNorm with the weights `prefix.w` and `prefix.b`. [..., d_model]"""
    weight, bias = w[f"{prefix}.w"], w[f"{prefix}.b"]
    if config.norm_kind == "layer":
        return F.layer_norm(x, x.shape[-1:], weight, bias, config.norm_eps)
    return F.rms_norm(x, x.shape[-1:], weight, config.norm_eps) + bias


@dataclass(frozen=True, eq=False)
class Block:
    """A layer; `layer` is its number."""

    config: TransformerConfig
    weights: NamedWeights
    layer: int

    def __call__(self, stream: Stream, queries: Sequence[int], to_pairs: ToPairs | None = None) -> list[Tensor]:
        """The residual stream after this layer, at the positions `queries`. [query]: [x, y, d_model]"""
        after_attention, _ = self.attention(stream, queries, to_pairs=to_pairs)
        return [self.after_mlp(middle, self.post(middle)) for middle in after_attention]

    # Attention ----------------------------------------------------------------------------------------------------

    def attention(
        self,
        stream: Stream,
        queries: Sequence[int],
        edit_heads: EditHeads | None = None,
        to_pairs: ToPairs | None = None,
    ) -> tuple[list[Tensor], list[Tensor]]:
        """The residual stream after attention at some positions, and their attention to all positions.

        With `to_pairs`, the stream is over tokens and not yet over pairs.

        [query]: [x, y, d_model], [query]: [x, y, head, position]
        """
        read = [self._before(residual, "ln1") for residual in stream]
        expand = to_pairs or _same
        keys = [expand(position, self._project(residual, "K", position)) for position, residual in enumerate(read)]
        values = [expand(position, self._project(residual, "V", position)) for position, residual in enumerate(read)]
        after, patterns = [], []
        for position in queries:
            query = expand(position, self._project(read[position], "Q", position))
            pattern = self._pattern(query, keys, position)
            weighted = (pattern[..., source, None] * value for source, value in enumerate(values))
            z = sum(weighted, start=torch.zeros_like(values[0][:1, :1]))  # [x, y, head, d_head]
            z = z if edit_heads is None else edit_heads(position, z)
            added = einsum(z, self._w("attn.W_O"), "x y head e, head e d -> x y d") + self._w("attn.b_O")
            after.append(self._after(expand(position, stream[position]) + added, "ln1"))
            patterns.append(pattern)
        return after, patterns

    def _project(self, residual: Tensor, part: str, position: int) -> Tensor:
        """Queries, keys or values. [x, y, head, d_head]"""
        projected = einsum(residual, self._w(f"attn.W_{part}"), "x y d, head d e -> x y head e")
        projected = projected + self._w(f"attn.b_{part}")
        if self.config.position_kind == "rotary" and part != "V":
            projected = rotate(projected, position, self.config.rotary_base, self.config.rotary_pairs)
        if part == "Q":
            return projected
        return projected.repeat_interleave(self.config.n_heads // projected.shape[2], dim=2)  # grouped heads

    def _pattern(self, query: Tensor, keys: Sequence[Tensor], position: int) -> Tensor:
        """Attention from a position to all: `c softmax + (1 - c)`, 0 to later ones if causal. [x, y, head, position]"""
        config = self.config
        visible = keys[: position + 1] if config.causal else keys
        scale = config.d_head**0.5 if config.attn_scale is None else config.attn_scale
        scores = torch.broadcast_tensors(*((query * key).sum(dim=-1) / scale for key in visible))  # [x, y, head] each
        pattern = torch.stack(scores, dim=-1).softmax(dim=-1)
        pattern = config.attn_coeff * pattern + (1 - config.attn_coeff) if config.attn_coeff != 1 else pattern
        return F.pad(pattern, (0, len(keys) - len(visible)))

    # MLP ----------------------------------------------------------------------------------------------------------

    def pre(self, middle: Tensor, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of some neurons, those of the gate if there is one. [x, y, d_model] -> [x, y, neuron]"""
        return self._linear(self._before(middle, "ln2"), "gate" if self.config.gated else "in", neurons)

    def post(self, middle: Tensor, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of some neurons. [x, y, d_model] -> [x, y, neuron]"""
        return self.activate(self.pre(middle, neurons), middle, neurons)

    def activate(self, pre: Tensor, middle: Tensor, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations from pre-activations, which may be overwritten. [x, y, neuron]"""
        activated = activation(self.config.act_fn, pre, inplace=True)
        if not self.config.gated:
            return activated
        return activated * self._linear(self._before(middle, "ln2"), "in", neurons)

    def after_mlp(self, middle: Tensor, post: Tensor) -> Tensor:
        """The residual stream after the MLP, from activations that may be replaced ones. [x, y, d_model]"""
        added = product(post, self._w("mlp.W_out")) + self._w("mlp.b_out")
        return self._after(middle + added, "ln2")

    def _linear(self, x: Tensor, part: str, neurons: slice | Tensor) -> Tensor:
        W, b = self._w(f"mlp.W_{part}")[:, neurons], self._w(f"mlp.b_{part}")[neurons]
        by_pair = linear(x.flatten(0, 1), W, b)  # [pair, neuron]
        return by_pair.reshape(*x.shape[:2], -1)

    # Weights and norms --------------------------------------------------------------------------------------------

    def _w(self, name: str) -> Tensor:
        return self.weights[f"blocks.{self.layer}.{name}"]

    def _before(self, residual: Tensor, norm: str) -> Tensor:
        """What a sublayer reads. [x, y, d_model]"""
        return self._normalised(residual, norm) if self.config.norm_order == "pre" else residual

    def _after(self, residual: Tensor, norm: str) -> Tensor:
        """The residual stream after a sublayer has added to it. [x, y, d_model]"""
        return self._normalised(residual, norm) if self.config.norm_order == "post" else residual

    def _normalised(self, residual: Tensor, norm: str) -> Tensor:
        if norm not in self.config.norms:
            return residual
        return normalise(residual, self.weights, f"blocks.{self.layer}.{norm}", self.config)
