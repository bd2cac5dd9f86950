"""Caches what was recognised on disk, by the weights and everything else that it depends on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.networks.config import Prompt
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.reading_cache import cache_file, read_cached, write_cached
from engine.state_dicts.recognition import Options, Recognition
from engine.state_dicts.stored_network import StoredNetwork


def cached_recognition(
    folder: Path | None,
    stored: StoredNetwork,
    options: Options,
    evidence: Evidence | None,
    recognise: Callable[[], Recognition],
) -> Recognition:
    """The recognition in a folder, else a new one, which is written there; None caches nothing."""
    if folder is None:
        return recognise()
    # The axes of a square matrix depend on whether it is of an nn.Linear.
    settings = [sorted(stored.module_weights), asdict(options)]
    file = cache_file(folder, stored.tensors, evidence, options.tasks[0][0], settings)
    content = read_cached(file)
    found = None if content is None else _recognition(content)
    if found is None:
        found = recognise()
        write_cached(file, _content(found))
    return found


def _recognition(content: Mapping[str, Any]) -> Recognition | None:
    """The recognition that a file describes; None if it is damaged."""
    try:
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
    except (ValueError, KeyError, TypeError):
        return None


def _content(recognition: Recognition) -> dict[str, object]:
    p, prompt = recognition.values["task"]
    return {
        "values": {**recognition.values, "task": (p, prompt.slots, prompt.y_offset)},
        "settled": sorted(recognition.settled),
        "accuracy": recognition.accuracy,
        "equivalent": sorted(recognition.equivalent),
        "is_unscaled": recognition.is_unscaled,
    }
