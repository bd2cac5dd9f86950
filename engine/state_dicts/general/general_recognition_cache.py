"""Caches the recognition of general networks on disk, by the weights, the readings that were tried and the losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.networks.config import ActFn, InvalidConfig, Operation
from engine.state_dicts.activation_recognition import Evidence
from engine.state_dicts.general.general_reading import GeneralReading
from engine.state_dicts.general.general_recognition import GeneralRecognition
from engine.state_dicts.reading_cache import cache_file, read_cached, write_cached


def cached_general_recognition(
    folder: Path | None,
    tensors: Mapping[str, Tensor],
    readings: Sequence[GeneralReading],
    act_fns: Sequence[ActFn],
    operations: Sequence[Operation],
    table: tuple[int, ...] | None,
    evidence: Evidence | None,
    recognise: Callable[[], GeneralRecognition],
) -> GeneralRecognition:
    """The recognition in a folder, else a new one, which is written there; None caches nothing.

    `tensors` have the axes of the first of the readings.
    """
    if folder is None:
        return recognise()
    settings = [[repr(reading) for reading in readings], list(act_fns), list(operations), table]
    file = cache_file(folder, tensors, evidence, readings[0].p, settings)
    content = read_cached(file)
    found = None if content is None else _recognition(content, readings, table)
    if found is None:
        found = recognise()
        write_cached(file, _content(found, readings))
    return found


def _recognition(
    content: Mapping[str, Any], readings: Sequence[GeneralReading], table: tuple[int, ...] | None
) -> GeneralRecognition | None:
    """The recognition that a file describes; None if it is damaged."""
    try:
        operation, act_fn = content["operation"], content["act_fn"]
        reading = readings[int(content["reading"])]
        config = replace(
            reading.config, act_fn=act_fn, operation=operation, table=table if operation == "table" else None
        )
        settled = frozenset(map(str, content["settled"]))
        return GeneralRecognition(replace(reading, config=config), settled, float(content["accuracy"]))
    except (IndexError, InvalidConfig, KeyError, TypeError, ValueError):
        return None


def _content(found: GeneralRecognition, readings: Sequence[GeneralReading]) -> dict[str, object]:
    config = found.reading.config
    as_tried = replace(found.reading, config=replace(config, operation=readings[0].config.operation, table=None))
    return {
        "reading": [reading.with_act_fn(config.act_fn) for reading in readings].index(as_tried),
        "act_fn": config.act_fn,
        "operation": config.operation,
        "settled": sorted(found.settled),
        "accuracy": found.accuracy,
    }
