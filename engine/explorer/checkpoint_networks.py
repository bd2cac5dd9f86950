"""The networks of a run's checkpoints, and their stored weights, cached by checkpoint.

A network that multiplies has two: one on all tokens, and one on its nonzero tokens in order of their logarithm
(`token_order`). For other operations they are the same object.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import torch
from torch import Tensor

from engine.caching import ByteLimitedCache
from engine.metrics.logit_sums import LogitReader
from engine.metrics.losses import LossReader, read_losses
from engine.networks.build import build_network
from engine.networks.config import ModelConfig
from engine.networks.memory import require_memory_for_network
from engine.networks.network import Network, NetworkWeights
from engine.networks.network_config import NetworkConfig
from engine.networks.token_order import TokenOrder, token_order
from engine.networks.weights import Weights
from engine.runs.refresh import refresh
from engine.runs.run import Checkpoint, Run

# Byte limits of the caches. Loading and folding again take 2 and 10 ms, a tenth of the summary that is cached beside
# them (`checkpoint_answers`), so a few checkpoints around the one on show are enough.
_STORED_BYTES = 16 << 20
_NETWORK_BYTES = 40 << 20
_ALL_TOKENS_BYTES = 32 << 20


class CheckpointNetworks:
    """Loads and builds the networks of one run, each once. `refresh` replaces `run` when the run grows."""

    def __init__(self, run: Run, dtype: torch.dtype, device: torch.device) -> None:
        self.run = run
        self.dtype = dtype
        self.device = device
        self._losses = lru_cache(maxsize=1)(self._read_losses)  # split inference and the check of the reading share it
        self._stored = ByteLimitedCache(self._load, _STORED_BYTES)
        self._network = ByteLimitedCache(self._build, _NETWORK_BYTES)
        self._all_tokens = ByteLimitedCache(self._build_for_all_tokens, _ALL_TOKENS_BYTES)

    @cached_property
    def order(self) -> TokenOrder:
        """The order of the tokens in which the run's operation adds or subtracts."""
        return token_order(self.run.config.task)

    @cached_property
    def config(self) -> NetworkConfig:
        """The config of the network on the tokens in order."""
        return self.order.config(self.run.config)

    def refresh(self) -> bool:
        """Read new checkpoints and losses from disk; returns whether there are any."""
        before, self.run = self.run, refresh(self.run)
        return self.run is not before

    def stored_weights(self, checkpoint: Checkpoint) -> NetworkWeights:
        """The weights in the dtype of their file; read once, so that all answers about a checkpoint agree."""
        return self._stored(checkpoint)

    def weights(self, checkpoint: Checkpoint) -> NetworkWeights:
        """The weights in token order, in the dtype and on the device of the computation.

        Raises:
            OutOfRange: a weight is too large for the dtype.
        """
        config = self.run.config
        y_offset = config.prompt.y_offset if isinstance(config, ModelConfig) else 0
        return self.order.weights(self.weights_of_all_tokens(checkpoint), y_offset)

    def weights_of_all_tokens(self, checkpoint: Checkpoint) -> NetworkWeights:
        """The weights with all tokens 0 .. p-1 in their own order.

        Raises:
            OutOfRange: a weight is too large for the dtype.
        """
        return self._stored(checkpoint).to(self.dtype, self.device)

    def network(self, checkpoint: Checkpoint) -> Network:
        """The network in token order.

        Raises:
            NotEnoughMemory: the network needs more memory than is free.
            OutOfRange: the weights are so large that a value overflows the dtype.
        """
        return self._network(checkpoint)

    def network_of_all_tokens(self, checkpoint: Checkpoint) -> Network:
        """The network of all tokens 0 .. p-1 in their own order; raises as `network`."""
        return self._network(checkpoint) if self.order.natural else self._all_tokens(checkpoint)

    def embedding(self, checkpoint: Checkpoint) -> Tensor:
        """W_E of the tokens of x, in token order. [x, d_model]

        Raises:
            MissingPart: the network has no W_E.
        """
        weights = self.weights(checkpoint)
        if isinstance(weights, Weights):  # without folding them
            return weights.W_E[: self.config.p]
        return self.network(checkpoint).W_E

    def read_losses(self, checkpoint: Checkpoint) -> LossReader | LogitReader:
        """The losses of all p^2 pairs; the last result is cached."""
        return self._losses(checkpoint)

    def _read_losses(self, checkpoint: Checkpoint) -> LossReader | LogitReader:
        network = self.network_of_all_tokens(checkpoint)
        return read_losses(network.logit_slabs(), self.run.config.task, self.device)

    def _load(self, checkpoint: Checkpoint) -> NetworkWeights:
        return checkpoint.load()

    def _build(self, checkpoint: Checkpoint) -> Network:
        require_memory_for_network(self.run.config, self.dtype, self.device)
        return build_network(self.weights(checkpoint), self.config)

    def _build_for_all_tokens(self, checkpoint: Checkpoint) -> Network:
        require_memory_for_network(self.run.config, self.dtype, self.device)
        return build_network(self.weights_of_all_tokens(checkpoint), self.run.config)
