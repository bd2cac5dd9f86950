"""The MLP layers of a network, and the one whose neurons are on show. Imports no torch."""

from __future__ import annotations

from dataclasses import replace

from engine.networks.mlp_config import MlpConfig
from engine.networks.module_config import ModuleConfig
from engine.networks.network_config import NetworkConfig
from engine.networks.transformer_config import TransformerConfig


def n_layers(config: NetworkConfig) -> int:
    """The number of MLP layers whose neurons can be on show.

    >>> n_layers(MlpConfig(p=7, hidden=(16, 8), d_vocab=7, d_vocab_out=7))
    2
    """
    if isinstance(config, TransformerConfig):
        return config.n_layers
    return len(config.hidden) if isinstance(config, MlpConfig) else 1


def one_layer_text(config: NetworkConfig) -> str:
    """Why no other layer can be shown, in a sentence."""
    if isinstance(config, ModuleConfig):
        return f"This network is {config.description}; pass --neurons for other neurons than those of {config.neurons}."
    return "This network has one MLP layer."


def shown_layer(config: NetworkConfig) -> int:
    """The layer whose neurons are on show, from 0 on."""
    return config.shown_layer if isinstance(config, TransformerConfig | MlpConfig) else 0


def with_shown_layer(config: NetworkConfig, layer: int) -> NetworkConfig:
    """The config with the neurons of another layer on show; the same one if they are on show already.

    Raises:
        InvalidConfig: the network has no such layer.
    """
    if layer == shown_layer(config) or not isinstance(config, TransformerConfig | MlpConfig):
        return config
    return replace(config, layer=layer)
