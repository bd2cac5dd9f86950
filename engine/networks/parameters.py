"""The trained parameters of a network of any architecture: their shapes, their initial values, and what they compute.

Parameters are tensors by the names that they have in checkpoints. Every matrix is drawn from a normal distribution
whose standard deviation is 1 / sqrt(n). For a transformer n is d_model, and d_vocab for the unembedding, as in the
paper's code; one with a single layer starts from the study's weights. For an MLP n is the number of inputs of the
matrix, the width for an embedding. Biases start at 0, weights of norms at 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from engine.networks import mlp, transformer_ends
from engine.networks.config import ModelConfig, Prompt
from engine.networks.mlp_config import MlpConfig
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.named_weights import NamedWeights, Shape
from engine.networks.pair_forward import initial_weights
from engine.networks.trainable_config import TrainableConfig, as_transformer
from engine.networks.training_config import Biases
from engine.networks.transformer_config import TransformerConfig
from engine.networks.transformer_weights import transformer_shapes
from engine.networks.weights import Weights, weight_shapes

PairLogits = Callable[[Tensor, Tensor], Tensor]  # x [pair], y [pair] -> [pair, z]


def network_shapes(config: TransformerConfig | MlpConfig) -> dict[str, Shape]:
    """The shape of each tensor of a network with named weights."""
    return mlp_shapes(config) if isinstance(config, MlpConfig) else transformer_shapes(config)


def parameter_shapes(config: TrainableConfig, biases: Biases) -> dict[str, tuple[int, ...]]:
    """The shape of each trained parameter.

    >>> list(parameter_shapes(MlpConfig(7, (16,), 7, 7), "mlp"))
    ['layers.0.W', 'layers.0.b', 'unembed.W']
    """
    if isinstance(config, ModelConfig):
        shapes = weight_shapes(config)
    else:
        shapes = {name: shape.size for name, shape in network_shapes(config).items()}
    return {name: shape for name, shape in shapes.items() if _is_trained(name, biases)}


def _is_trained(name: str, biases: Biases) -> bool:
    place, _, last = name.rpartition(".")
    if not last.startswith("b") or ".ln" in name or name.startswith("ln") or biases == "all":
        return True
    return biases == "mlp" and (last in ("b_in", "b_gate", "b_out") or place.startswith("layers."))


def initial_parameters(config: TrainableConfig, seed: int, biases: Biases) -> dict[str, Tensor]:
    """Draw the initial parameters of a network, in float32 on the CPU, in a fixed order."""
    if isinstance(config, MlpConfig):
        drawn = _initial_mlp(config, seed)
    elif isinstance(config, TransformerConfig):
        drawn = _initial_transformer(config, seed)
    else:
        drawn = initial_weights(config, seed)
    shapes = parameter_shapes(config, biases)
    others = {name: torch.zeros(shape) for name, shape in shapes.items() if name not in drawn}
    names = drawn if isinstance(config, ModelConfig) else shapes  # the order of the optimiser
    return {name: (drawn | others)[name] for name in [*names, *others] if name in shapes}


def _initial_mlp(config: MlpConfig, seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    drawn = {}
    for name, shape in mlp_shapes(config).items():
        if len(shape.size) < 2:
            continue
        n_inputs = shape.size[1] if name.endswith("W_E") else shape.size[0]
        if name in ("layers.0.W_x", "layers.0.W_y"):
            n_inputs *= 2  # together one matrix
        drawn[name] = torch.randn(*shape.size, generator=generator) / math.sqrt(n_inputs)
    return drawn


def _initial_transformer(config: TransformerConfig, seed: int) -> dict[str, Tensor]:
    """As `initial_weights`, layer by layer; a matrix is drawn with the axes of the paper's code."""
    generator = torch.Generator().manual_seed(seed)
    shapes = {name: shape.size for name, shape in transformer_shapes(config).items()}
    drawn: dict[str, Tensor] = {name: torch.ones(size) for name, size in shapes.items() if name.endswith(".w")}

    def draw(name: str, n: int = config.d_model) -> None:
        if name in shapes:
            drawn[name] = _as_stored(name, shapes[name], generator) / math.sqrt(n)

    for name in ("embed.W_E", "embed_y.W_E", "pos_embed.W_pos"):
        draw(name)
    for layer in range(config.n_layers):
        for name in ("attn.W_K", "attn.W_Q", "attn.W_V", "attn.W_O", "mlp.W_in", "mlp.W_gate", "mlp.W_out"):
            draw(f"blocks.{layer}.{name}")
    draw("unembed.W_U", config.d_vocab)
    return drawn


def _as_stored(name: str, size: tuple[int, ...], generator: torch.Generator) -> Tensor:
    """Normal numbers with the axes of a tensor, drawn with those of the paper's code, which has [out, in]."""
    if name in ("pos_embed.W_pos", "unembed.W_U"):
        return torch.randn(*size, generator=generator)
    if name.endswith("attn.W_O"):
        n_heads, d_head, d_model = size
        return torch.randn(d_model, n_heads * d_head, generator=generator).T.reshape(size).contiguous()
    return torch.randn(*size[:-2], size[-1], size[-2], generator=generator).mT.contiguous()


def weights_of(config: TrainableConfig, parameters: Mapping[str, Tensor]) -> Weights | NamedWeights:
    """The weights of a network with these parameters; biases that are not trained are zero."""
    first = next(iter(parameters.values()))
    if isinstance(config, ModelConfig):
        zeros = {
            name: first.new_zeros(shape) for name, shape in weight_shapes(config).items() if name not in parameters
        }
        return Weights(**parameters, **zeros)
    tensors = {
        name: parameters[name] if name in parameters else first.new_zeros(shape.size)
        for name, shape in network_shapes(config).items()
    }
    axes = {name: shape.token_axis for name, shape in network_shapes(config).items() if shape.token_axis is not None}
    return NamedWeights(MappingProxyType(tensors), axes)


def pair_logits(config: TrainableConfig, parameters: Mapping[str, Tensor]) -> PairLogits:
    """The logits of the p answers for a batch of pairs, differentiable: the function of the network of a checkpoint.

    It reads the parameters at each call, so they may change in place in between.
    """
    weights = weights_of(config, parameters)
    if isinstance(config, ModelConfig):
        assert isinstance(weights, Weights)
        general, renamed = _general_network(config, weights)
        return lambda x, y: transformer_ends.pair_logits(renamed, general, x, y)
    assert isinstance(weights, NamedWeights)
    named = weights
    if isinstance(config, MlpConfig):
        return lambda x, y: mlp.pair_logits(named, config, x, y)
    return lambda x, y: transformer_ends.pair_logits(named, config, x, y)


def _general_network(config: ModelConfig, weights: Weights) -> tuple[TransformerConfig, NamedWeights]:
    """A one-layer network as one of the general architecture, in which y may have an embedding of its own."""
    tensors = {_general_name(name): tensor for name, tensor in weights.items()}
    offset = config.prompt.y_offset
    if offset:
        tensors["embed_y.W_E"] = weights.W_E[offset : offset + config.p]
        config = replace(config, prompt=Prompt(config.prompt.slots))
    return replace(as_transformer(config), y_embedding=bool(offset)), NamedWeights(MappingProxyType(tensors), {})


def _general_name(name: str) -> str:
    """The name of a tensor of a one-layer network in `transformer_weights`."""
    places = {"W_E": "embed", "W_pos": "pos_embed", "W_U": "unembed", "b_U": "unembed"}
    place = places.get(name, "blocks.0.attn" if name[2:] in ("Q", "K", "V", "O") else "blocks.0.mlp")
    return f"{place}.{name}"
