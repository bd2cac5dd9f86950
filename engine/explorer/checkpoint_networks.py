"""The networks of a run's checkpoints: stored weights and folded networks, cached by checkpoint.

A network that multiplies has two: one on all tokens, and one on its nonzero tokens in order of their logarithm
(`token_order`). For other operations they are the same object.
"""

from __future__ import annotations

from functools import cached_property, lru_cache

import torch

from engine.caching import ByteLimitedCache
from engine.metrics.logit_sums import LogitReader
from engine.metrics.losses import LossReader, read_losses
from engine.networks.config import ModelConfig
from engine.networks.folded import Folded, fold
from engine.networks.memory import require_memory_for_network
from engine.networks.token_order import TokenOrder, token_order
from engine.networks.weights import Weights
from engine.runs.refresh import refresh
from engine.runs.run import Checkpoint, Run

# Byte limits of the caches.
_STORED_BYTES = 64 << 20
_FOLDED_BYTES = 256 << 20
_ALL_TOKENS_BYTES = 64 << 20


class CheckpointNetworks:
    """Loads and folds the checkpoints of one run, each once. `refresh` replaces `run` when the run grows."""

    def __init__(self, run: Run, dtype: torch.dtype, device: torch.device) -> None:
        self.run = run
        self.dtype = dtype
        self.device = device
        self._losses = lru_cache(maxsize=1)(self._read_losses)  # split inference and the check of the reading share it
        self._stored = ByteLimitedCache(self._load, _STORED_BYTES)
        self._folded = ByteLimitedCache(self._fold, _FOLDED_BYTES)
        self._all_tokens = ByteLimitedCache(self._fold_all_tokens, _ALL_TOKENS_BYTES)

    @cached_property
    def order(self) -> TokenOrder:
        """The order of the tokens in which the run's operation adds or subtracts."""
        return token_order(self.run.config.task)

    @cached_property
    def config(self) -> ModelConfig:
        """The config of the network on the tokens in order."""
        return self.order.config(self.run.config)

    def refresh(self) -> bool:
        """Read new checkpoints and losses from disk; returns whether there are any."""
        before, self.run = self.run, refresh(self.run)
        return self.run is not before

    def stored_weights(self, checkpoint: Checkpoint) -> Weights:
        """The weights in the dtype of their file; read once, so that all answers about a checkpoint agree."""
        return self._stored(checkpoint)

    def weights(self, checkpoint: Checkpoint) -> Weights:
        """The weights in token order, in the dtype and on the device of the computation.

        Raises:
            OutOfRange: a weight is too large for the dtype.
        """
        return self.order.weights(self.weights_of_all_tokens(checkpoint))

    def weights_of_all_tokens(self, checkpoint: Checkpoint) -> Weights:
        """The weights with all tokens 0 .. p-1 in their own order.

        Raises:
            OutOfRange: a weight is too large for the dtype.
        """
        return self._stored(checkpoint).to(self.dtype, self.device)

    def folded(self, checkpoint: Checkpoint) -> Folded:
        """The network in token order, folded into tables over its tokens.

        Raises:
            NotEnoughMemory: the network needs more memory than is free.
            OutOfRange: the weights are so large that a table overflows the dtype.
        """
        return self._folded(checkpoint)

    def folded_of_all_tokens(self, checkpoint: Checkpoint) -> Folded:
        """The folded network of all tokens 0 .. p-1 in their own order; raises as `folded`."""
        return self._folded(checkpoint) if self.order.natural else self._all_tokens(checkpoint)

    def read_losses(self, checkpoint: Checkpoint) -> LossReader | LogitReader:
        """The losses of all p^2 pairs; the last result is cached."""
        return self._losses(checkpoint)

    def _read_losses(self, checkpoint: Checkpoint) -> LossReader | LogitReader:
        folded = self.folded_of_all_tokens(checkpoint)
        return read_losses(folded.logit_slabs(), self.run.config.task, self.device)

    def _load(self, checkpoint: Checkpoint) -> Weights:
        return checkpoint.load()

    def _fold(self, checkpoint: Checkpoint) -> Folded:
        require_memory_for_network(self.run.config, self.dtype, self.device)
        return fold(self.weights(checkpoint), self.config)

    def _fold_all_tokens(self, checkpoint: Checkpoint) -> Folded:
        require_memory_for_network(self.run.config, self.dtype, self.device)
        return fold(self.weights_of_all_tokens(checkpoint), self.run.config)
