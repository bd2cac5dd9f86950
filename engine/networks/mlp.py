"""An MLP on two numbers, on all p^2 pairs: the protocol of `network.Network`.

The first layer reads a sum or a concatenation of x and y, so its pre-activations are a table over x plus a table over
y. With one hidden layer the network is a folded one (`fold_mlp`), whose sources have weight 1. With several, an `Mlp`
runs the layers in slabs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from engine.networks.activations import activation
from engine.networks.denormals import linear
from engine.networks.embedding_gradients import embedding_gradients
from engine.networks.folded import Folded
from engine.networks.folded_gradients import MlpBackward
from engine.networks.mixture import Mixture
from engine.networks.mlp_config import MlpConfig
from engine.networks.named_weights import NamedWeights
from engine.networks.network import Network
from engine.networks.network_base import NetworkBase
from engine.networks.overflow import require_finite
from engine.networks.parts import Fill, missing_part
from engine.networks.scratch import Scratch
from engine.networks.slabs import slabs_of


def build_mlp(weights: NamedWeights, config: MlpConfig) -> Network:
    """The network of these weights, in their dtype or float32 for half precision.

    Raises:
        OutOfRange: the weights are so large that a table overflows.
    """
    dtype = torch.promote_types(weights.dtype, torch.float32)
    return fold_mlp(weights, config, dtype) if len(config.hidden) == 1 else Mlp.of(weights, config, dtype)


def pair_logits(weights: NamedWeights, config: MlpConfig, x: Tensor, y: Tensor) -> Tensor:
    """Logits of the p answers for a batch of pairs, differentiable. [pair], [pair] -> [pair, z]"""
    W_x, W_y = ("W", "W") if config.joined == "sum" else ("W_x", "W_y")
    W_E_y = "embed_y.W_E" if config.y_embedding else "embed.W_E"
    hidden = weights["layers.0.b"]
    for tokens, W, W_E in ((x, W_x, "embed.W_E"), (y, W_y, W_E_y)):
        W_in = weights[f"layers.0.{W}"]
        over_tokens = weights[W_E] @ W_in if config.d_embed else W_in  # [token, neuron]
        # F.embedding sums its gradients in a fixed order, which indexing does not.
        hidden = hidden + F.embedding(tokens, over_tokens)
    return _logits_of_first(weights, config, hidden)


def logits_of_embeddings(weights: NamedWeights, config: MlpConfig, e_x: Tensor, e_y: Tensor) -> Tensor:
    """The same for the embeddings of x and y; for one-hot inputs these are the rows of the first matrix.

    [pair, d_model] each -> [pair, z]
    """
    if config.d_embed:
        W_x, W_y = first_matrices(weights, config)
        e_x, e_y = e_x @ W_x, e_y @ W_y
    return _logits_of_first(weights, config, weights["layers.0.b"] + e_x + e_y)


def _logits_of_first(weights: NamedWeights, config: MlpConfig, hidden: Tensor) -> Tensor:
    """Logits from the pre-activations of the first layer. [pair, neuron] -> [pair, z]"""
    for layer in range(1, len(config.hidden)):
        hidden = activation(config.act_fn, hidden) @ weights[f"layers.{layer}.W"] + weights[f"layers.{layer}.b"]
    logits: Tensor = activation(config.act_fn, hidden) @ weights["unembed.W"] + weights["unembed.b"]
    return logits[:, : config.p]


def fold_mlp(weights: NamedWeights, config: MlpConfig, dtype: torch.dtype) -> Folded:
    """An MLP with one hidden layer, folded.

    Raises:
        OutOfRange: the weights are so large that a table overflows.
    """
    over_x, over_y = first_tables(weights, config, dtype)
    p = config.p
    ones = over_x.new_ones(p, p, 1)
    b_logit = weights["unembed.b"][:p].to(dtype)

    def table(over_tokens: Tensor) -> Tensor:
        return over_tokens[:, None]  # [token, source, channel]

    return Folded(
        config=config,
        act_fn=config.act_fn,
        attention=None,
        embedding=token_embedding(weights, config, dtype),
        backward=_backward(weights, config, dtype),
        unembedding=None,
        to_pre=Mixture(ones, table(over_x), ones, table(over_y), (None,), (None,)),
        to_direct=Mixture(ones, table(b_logit.expand(p, -1)), ones[..., :0], over_y.new_zeros(p, 0, p), (None,), ()),
        W_logit=weights["unembed.W"][:, :p].to(dtype),
        b_logit=b_logit,
    )


def first_tables(weights: NamedWeights, config: MlpConfig, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """What x and y add to the pre-activations of the first layer, the bias with x. [x, neuron], [y, neuron]

    Raises:
        OutOfRange: the weights are so large that a table overflows.
    """
    w = weights.to(torch.float64)
    W_x, W_y = first_matrices(w, config)
    if config.d_embed:
        W_x = w["embed.W_E"] @ W_x
        W_y = w["embed_y.W_E" if config.y_embedding else "embed.W_E"] @ W_y
    over_x, over_y = (W_x[: config.p] + w["layers.0.b"]).to(dtype), W_y[: config.p].to(dtype)
    return require_finite("A table over x", over_x), require_finite("A table over y", over_y)


def first_matrices(weights: NamedWeights, config: MlpConfig) -> tuple[Tensor, Tensor]:
    """The matrices of the first layer that x and y, or their embeddings, are multiplied with. [in, neuron] each"""
    if config.joined == "sum":
        return weights["layers.0.W"], weights["layers.0.W"]
    return weights["layers.0.W_x"], weights["layers.0.W_y"]


def _backward(weights: NamedWeights, config: MlpConfig, dtype: torch.dtype) -> MlpBackward | None:
    """The gradients with respect to the embeddings; None without any."""
    if "gradients" not in config.parts:
        return None
    if not config.d_embed:
        return MlpBackward(None, None)
    W_x, W_y = first_matrices(weights, config)
    return MlpBackward(W_x.to(dtype), W_y.to(dtype))


def token_embedding(weights: NamedWeights, config: MlpConfig, dtype: torch.dtype) -> Tensor | None:
    """The embedding of x, or the matrix of the first layer if one-hot inputs are summed. [x, d_model]"""
    if "W_E" not in config.parts:
        return None
    return weights["embed.W_E" if config.d_embed else "layers.0.W"][: config.p].to(dtype)


@dataclass(frozen=True, eq=False)
class Mlp(NetworkBase):
    """An MLP with several hidden layers. Logits are those of the answers z = 0 .. p-1."""

    config: MlpConfig
    weights: NamedWeights
    over_x: Tensor  # [x, neuron]: what x adds to the pre-activations of the first layer
    over_y: Tensor  # [y, neuron]

    @staticmethod
    def of(weights: NamedWeights, config: MlpConfig, dtype: torch.dtype) -> Mlp:
        """The network of these weights; raises as `first_tables`."""
        return Mlp(config, weights.to(dtype), *first_tables(weights, config, dtype))

    @property
    def device(self) -> torch.device:
        return self.over_x.device

    @property
    def dtype(self) -> torch.dtype:
        return self.over_x.dtype

    # Neurons ------------------------------------------------------------------------------------------------------

    def pre(self, neuron: int) -> Tensor:
        """Pre-activations of one neuron for all pairs. [x, y]"""
        return torch.cat([self.pre_rows(x, slice(neuron, neuron + 1))[..., 0] for x in self.slabs()])

    def post(self, neuron: int) -> Tensor:
        """Activations of one neuron for all pairs. [x, y]"""
        return activation(self.config.act_fn, self.pre(neuron), inplace=True)

    def pre_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of all or some neurons for a slab of x. [x, y, neuron]"""
        shown = self.config.shown_layer
        if shown == 0:
            return self._first(x, neurons)
        hidden = activation(self.config.act_fn, self._first(x), inplace=True)
        for layer in range(1, shown):
            hidden = activation(self.config.act_fn, self._linear(hidden, f"layers.{layer}"), inplace=True)
        return self._linear(hidden, f"layers.{shown}", neurons)

    def post_rows(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Activations of all or some neurons for a slab of x. [x, y, neuron]"""
        return activation(self.config.act_fn, self.pre_rows(x, neurons), inplace=True)

    def post_rows_after(self, x: slice, read_pre: Callable[[Tensor], None], scratch: Scratch | None = None) -> Tensor:
        """Activations for a slab of x; `read_pre` gets the pre-activations before they are overwritten."""
        pre = self.pre_rows(x)
        read_pre(pre)
        return activation(self.config.act_fn, pre, inplace=True)

    def _first(self, x: slice, neurons: slice | Tensor = slice(None)) -> Tensor:
        """Pre-activations of the first layer. [x, y, neuron]"""
        return self.over_x[x, None, neurons] + self.over_y[:, neurons]

    def _linear(self, hidden: Tensor, prefix: str, outputs: slice | Tensor = slice(None)) -> Tensor:
        W, b = self.weights[f"{prefix}.W"][:, outputs], self.weights[f"{prefix}.b"][outputs]
        by_pair = linear(hidden.flatten(0, 1), W, b)  # [pair, neuron]
        return by_pair.reshape(*hidden.shape[:2], -1)

    # Logits -------------------------------------------------------------------------------------------------------

    def logits(self, x: slice, post: Tensor, scratch: Scratch | None = None) -> Tensor:
        """Logits for a slab of x from its activations `post` [x, y, neuron], through the layers after it. [x, y, z]"""
        hidden = post
        for layer in range(self.config.shown_layer + 1, len(self.config.hidden)):
            hidden = activation(self.config.act_fn, self._linear(hidden, f"layers.{layer}"), inplace=True)
        return self._linear(hidden, "unembed", slice(self.config.p))

    def pair(self, x: int, y: int) -> tuple[Tensor, Tensor]:
        """Activations and logits of one pair. [neuron], [z]"""
        row = slice(x, x + 1)
        post = self.post_rows(row)
        return post[0, y], self.logits(row, post)[0, y]

    def slabs(self) -> Iterator[slice]:
        """Slabs of x that cover all pairs, small enough that the widest layer stays in the CPU cache."""
        return slabs_of(self.task.p, max(self.config.hidden), self.dtype)

    # Optional parts -----------------------------------------------------------------------------------------------

    @property
    def pattern(self) -> Tensor:
        """Always raises MissingPart."""
        raise missing_part(self, "attention")

    @property
    def W_E(self) -> Tensor:
        """The embedding of the tokens of x. [x, d_model]"""
        embedding = token_embedding(self.weights, self.config, self.dtype)
        if embedding is None:
            raise missing_part(self, "W_E")
        return embedding

    @property
    def W_U(self) -> Tensor:
        """Always raises MissingPart."""
        raise missing_part(self, "W_U")

    @property
    def W_logit(self) -> Tensor:
        """The weights from the last hidden layer to the logits. [neuron, z]"""
        if "W_logit" not in self.parts:
            raise missing_part(self, "W_logit")
        return self.weights["unembed.W"][:, : self.config.p]

    def answer_gradients(self, x: Tensor, y: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """d logit_z / d embedding of x, and of y, by autograd: [pair] each -> [pair, d_model] each"""
        if "gradients" not in self.parts:
            raise missing_part(self, "gradients")
        of_y = self.weights["embed_y.W_E"] if self.config.y_embedding else self.W_E
        logits = partial(logits_of_embeddings, self.weights, self.config)
        return embedding_gradients(logits, self.W_E[x], of_y[y], z)

    def without(self, heads: frozenset[int], direct: bool, fill: Fill) -> Mlp:
        """Raises MissingPart: there are no heads, and no path around the hidden layers."""
        raise missing_part(self, "attention" if heads else "direct path")
