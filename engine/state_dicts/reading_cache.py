"""Files in the cache of what was recognised: named by a digest of all that the recognition depends on.

Best effort: a folder that cannot be read or written is no error.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.state_dicts.activation_recognition import Evidence

# Increase this when the rules of recognition change.
_RULES_VERSION = 5


def cache_file(
    folder: Path, tensors: Mapping[str, Tensor], evidence: Evidence | None, p: int, settings: object
) -> Path:
    """The file of a recognition from these tensors, recorded losses with their train pairs modulo p, and settings."""
    digest = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name]
        digest.update(f"{name} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.contiguous().float().numpy().tobytes())
    recorded: list[object] = []
    if evidence is not None:
        recorded = [evidence.train_loss, evidence.test_loss]
        train = evidence.train_pairs(p)
        digest.update(b"" if train is None else train.numpy().tobytes())
    digest.update(json.dumps([_RULES_VERSION, settings, recorded], default=str).encode())
    return folder / f"{digest.hexdigest()}.json"


def read_cached(file: Path) -> dict[str, Any] | None:
    """The content of a file; None if it is absent or damaged."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_cached(file: Path, content: Mapping[str, object]) -> None:
    """Write a file completely or not at all."""
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.replace(file)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
