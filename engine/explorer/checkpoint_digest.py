"""What identifies the weights of a checkpoint in the cache."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from engine.networks.network import NetworkWeights

if TYPE_CHECKING:
    from hashlib import _Hash


def weights_digest(stored: NetworkWeights) -> _Hash:
    """A SHA-256 of the names and values of the weights in the dtype of their file, to be updated with settings."""
    digest = hashlib.sha256()
    for name, tensor in stored.items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().view(-1).float().numpy().tobytes())
    return digest
