"""The configs of networks that can be trained, whatever their architecture. Imports no torch."""

from __future__ import annotations

from dataclasses import fields
from typing import Literal

from engine.networks.config import ModelConfig, Prompt
from engine.networks.layers import n_layers
from engine.networks.mlp_config import MlpConfig
from engine.networks.network_config import NetworkConfig
from engine.networks.training_config import TrainingConfig
from engine.networks.transformer_config import TransformerConfig

TrainableConfig = ModelConfig | TransformerConfig | MlpConfig
Arch = Literal["transformer", "mlp"]
MAX_PARTS = 64  # layers, or tokens of a prompt: a file can declare any number
# Where norms are: pre has them before each sublayer and before the unembedding, post after each sublayer.
Norm = Literal["none", "pre", "post"]


def arch_of(config: NetworkConfig) -> Arch:
    """Whether a network is a transformer or an MLP.

    >>> arch_of(ModelConfig.standard())
    'transformer'
    """
    return "mlp" if isinstance(config, MlpConfig) else "transformer"


def norm_of(config: NetworkConfig) -> Norm:
    """Where the norms of a network are."""
    return config.norm_order if isinstance(config, TransformerConfig) and config.norms else "none"


def structure_of(config: NetworkConfig) -> dict[str, int | str]:
    """What tells architectures apart, by the names of the options of a training; empty for a module of the user's own.

    >>> structure_of(MlpConfig(7, (16,), 7, 7))
    {'arch': 'mlp', 'n_layers': 1, 'norm': 'none', 'd_mlp': 16}
    """
    if not isinstance(config, TrainableConfig):
        return {}
    found: dict[str, int | str] = {"arch": arch_of(config), "n_layers": n_layers(config), "norm": norm_of(config)}
    if isinstance(config, MlpConfig) and len(set(config.hidden)) == 1:
        found["d_mlp"] = config.hidden[0]
    return found


def has_pair_step(config: NetworkConfig, training: TrainingConfig) -> bool:
    """Whether `pair_step` trains the network: the study's, with its prompt, attention and biases, and ReLU or GeLU."""
    if not isinstance(config, ModelConfig) or training.biases != "mlp":
        return False
    if config.act_fn not in ("relu", "gelu", "gelu_new"):
        return False
    return config.prompt == Prompt.parse("x y =", config.p) and config.attn_coeff == 1


def as_transformer(config: ModelConfig) -> TransformerConfig:
    """The same network as one of the general architecture.

    Raises:
        InvalidConfig: y has tokens of its own.
    """
    return TransformerConfig(n_layers=1, **{field.name: getattr(config, field.name) for field in fields(ModelConfig)})


def as_folded(config: TransformerConfig) -> ModelConfig:
    """The inverse of `as_transformer`, for one layer without norms that is read at the last position."""
    return ModelConfig(**{field.name: getattr(config, field.name) for field in fields(ModelConfig)})
