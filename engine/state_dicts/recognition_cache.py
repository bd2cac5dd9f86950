"""Keeps what was recognised on disk, by the weights and everything else that it depends on."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from engine.networks.config import Prompt
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.recognition import Options, Recognition
from engine.state_dicts.stored_network import StoredNetwork

# Increase this when the rules of recognition change.
_RULES_VERSION = 4


def cached_recognition(
    folder: Path | None,
    stored: StoredNetwork,
    options: Options,
    evidence: Evidence | None,
    recognise: Callable[[], Recognition],
) -> Recognition:
    """The recognition in a folder, else a new one, which is written there; None caches nothing.

    Best effort: a folder that cannot be read or written is no error.
    """
    if folder is None:
        return recognise()
    file = folder / f"{_digest(stored, options, evidence)}.json"
    found = _read(file)
    if found is None:
        found = recognise()
        _write(file, found)
    return found


def _digest(stored: StoredNetwork, options: Options, evidence: Evidence | None) -> str:
    digest = hashlib.sha256()
    for name in sorted(stored.tensors):
        tensor = stored.tensors[name]
        digest.update(f"{name} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.contiguous().float().numpy().tobytes())
    recorded: list[object] = []
    if evidence is not None:
        recorded = [evidence.train_loss, evidence.test_loss]
        train = evidence.train_pairs(options.tasks[0][0])
        digest.update(b"" if train is None else train.numpy().tobytes())
    # The axes of a square matrix depend on whether it is of an nn.Linear.
    settings = [_RULES_VERSION, sorted(stored.module_weights), asdict(options), recorded]
    digest.update(json.dumps(settings, default=str).encode())
    return digest.hexdigest()


def _read(file: Path) -> Recognition | None:
    """The recognition in a file; None if it is absent or damaged."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        values = dict(content["values"])
        p, slots, y_offset = values["task"]
        values["task"] = (p, Prompt(tuple(slots), y_offset))
        return Recognition(
            values,
            frozenset(content["settled"]),
            float(content["accuracy"]),
            frozenset(content["equivalent"]),
            bool(content["is_unscaled"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write(file: Path, recognition: Recognition) -> None:
    p, prompt = recognition.values["task"]
    values = {**recognition.values, "task": (p, prompt.slots, prompt.y_offset)}
    unfinished = file.with_suffix(f".{os.getpid()}.tmp")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "values": values,
            "settled": sorted(recognition.settled),
            "accuracy": recognition.accuracy,
            "equivalent": sorted(recognition.equivalent),
            "is_unscaled": recognition.is_unscaled,
        }
        unfinished.write_text(json.dumps(content), encoding="utf-8")
        unfinished.replace(file)
    except OSError:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
