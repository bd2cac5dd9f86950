"""Build the network of a checkpoint that cannot be folded."""

from __future__ import annotations

from engine.networks.from_module import build_module
from engine.networks.mlp import build_mlp
from engine.networks.mlp_config import MlpConfig
from engine.networks.module_config import ModuleConfig
from engine.networks.module_weights import ModuleWeights
from engine.networks.named_weights import NamedWeights
from engine.networks.network import Network, NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.transformer import build_transformer
from engine.networks.transformer_config import TransformerConfig


def build_general(weights: NetworkWeights, config: NetworkConfig) -> Network:
    """The network of these weights; raises as `build_network`."""
    if isinstance(weights, NamedWeights) and isinstance(config, TransformerConfig):
        return build_transformer(weights, config)
    if isinstance(weights, NamedWeights) and isinstance(config, MlpConfig):
        return build_mlp(weights, config)
    if isinstance(weights, ModuleWeights) and isinstance(config, ModuleConfig):
        return build_module(weights, config)
    raise TypeError(f"No network has {type(weights).__name__} and {type(config).__name__}.")
