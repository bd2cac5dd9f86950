"""The networks of a run's checkpoints: stored weights and folded networks, cached by checkpoint."""

from __future__ import annotations

import torch

from engine.caching import ByteLimitedCache
from engine.networks.folded import Folded, fold
from engine.networks.memory import require_memory_for_network
from engine.networks.weights import Weights
from engine.runs.refresh import refresh
from engine.runs.run import Checkpoint, Run

# Byte limits of the caches.
_STORED_BYTES = 64 << 20
_FOLDED_BYTES = 256 << 20


class CheckpointNetworks:
    """Loads and folds the checkpoints of one run, each once. `refresh` replaces `run` when the run grows."""

    def __init__(self, run: Run, dtype: torch.dtype, device: torch.device) -> None:
        self.run = run
        self.dtype = dtype
        self.device = device
        self._stored = ByteLimitedCache(self._load, _STORED_BYTES)
        self._folded = ByteLimitedCache(self._fold, _FOLDED_BYTES)

    def refresh(self) -> bool:
        """Read new checkpoints and losses from disk; returns whether there are any."""
        before, self.run = self.run, refresh(self.run)
        return self.run is not before

    def stored_weights(self, checkpoint: Checkpoint) -> Weights:
        """The weights in the dtype of their file; read once, so that all answers about a checkpoint agree."""
        return self._stored(checkpoint)

    def weights(self, checkpoint: Checkpoint) -> Weights:
        """The weights in the dtype and on the device of the computation.

        Raises:
            OutOfRange: a weight is too large for the dtype.
        """
        return self._stored(checkpoint).to(self.dtype, self.device)

    def folded(self, checkpoint: Checkpoint) -> Folded:
        """The network, folded into tables over its tokens.

        Raises:
            NotEnoughMemory: the network needs more memory than is free.
            OutOfRange: the weights are so large that a table overflows the dtype.
        """
        return self._folded(checkpoint)

    def _load(self, checkpoint: Checkpoint) -> Weights:
        return checkpoint.load()

    def _fold(self, checkpoint: Checkpoint) -> Folded:
        require_memory_for_network(self.run.config, self.dtype, self.device)
        return fold(self.weights(checkpoint), self.run.config)
