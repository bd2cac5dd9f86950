"""What identifies the results of a checkpoint in the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

import torch

from engine.networks.network import NetworkWeights


def digest_of(stored: NetworkWeights, settings: Mapping[str, object]) -> str:
    """A SHA-256 of the names and bytes of the weights, in the dtype of their file, and of settings."""
    digest = hashlib.sha256()
    for name, tensor in stored.items():
        digest.update(name.encode())
        digest.update(tensor.contiguous().view(-1).view(torch.uint8).numpy().tobytes())
    digest.update(json.dumps(settings, sort_keys=True).encode())
    return digest.hexdigest()
