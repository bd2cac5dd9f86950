"""Build the network of a checkpoint from its weights and config, whatever the architecture."""

from __future__ import annotations

from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from engine.networks.network import Network, NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.weights import Weights


def build_network(weights: NetworkWeights, config: NetworkConfig) -> Network:
    """The network of these weights, on their device, in their dtype or float32 for half precision.

    Raises:
        OutOfRange: the weights are so large that a table overflows.
        UserCodeError: the user's own module fails.
    """
    if isinstance(weights, Weights) and isinstance(config, ModelConfig):
        return fold(weights, config)
    from engine.networks.build_general import build_general

    return build_general(weights, config)
