"""Losses in a checkpoint file: lists of the whole run up to it (`train_losses`), or the values of its epoch alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from engine.runs.losses.column_names import parse_column
from engine.runs.losses.columns import InvalidColumns, as_list, columns_in
from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.list_epochs import ListLength
from engine.runs.losses.loss_series import LossSource

_INTERVAL_SETTING = re.compile(
    "(log|logging|eval|evaluation|test|val|validation|print|record|report|metrics?|loss|measure)"
    "(every|interval|freq|frequency|period|steps|epochs)(n?(steps|epochs))?"
)
_MAX_DEPTH = 4  # of nested settings


def lists_in(payload: Mapping[str, Any], name: str, evidence: EpochEvidence) -> LossSource:
    """The lists of losses and accuracies in what a trainer saved in the file `name`."""
    try:
        columns = columns_in(payload)
        lists = columns if 0 in evidence.checkpoints[-1:] else {n: v for n, v in columns.items() if not _is_value(v)}
        return read_columns(lists, name, evidence)
    except InvalidColumns as error:
        return LossSource(name, warnings=(f"The losses in {name} were skipped: {error}.",))


def list_lengths(payload: Mapping[str, Any]) -> dict[str, int]:
    """The lengths of the lists of losses and accuracies, by their names."""
    try:
        columns = columns_in(payload)
    except InvalidColumns:
        return {}
    lists = {name: as_list(value) for name, value in columns.items() if parse_column(name) is not None}
    return {name: len(values) for name, values in lists.items() if values is not None}


def compare_lengths(payloads: Iterable[tuple[int, Mapping[str, Any]]]) -> dict[str, list[ListLength]]:
    """The lengths of the lists in checkpoints, given with their epochs, by the names of the lists."""
    lengths: dict[str, list[ListLength]] = {}
    for epoch, payload in payloads:
        for name, length in list_lengths(payload).items():
            lengths.setdefault(name, []).append(ListLength(epoch, length))
    return lengths


def values_in(payload: Mapping[str, Any]) -> dict[str, object]:
    """The single losses and accuracies of a checkpoint, by their names."""
    try:
        columns = columns_in(payload)
    except InvalidColumns:
        return {}
    return {name: value for name, value in columns.items() if parse_column(name) is not None and _is_value(value)}


def _is_value(column: object) -> bool:
    """Whether a column has one value, also as a list or array of one."""
    values = as_list(column)
    return len(values) == 1 if values is not None else not isinstance(column, Mapping)


def interval_settings(settings: Mapping[str, object], depth: int = _MAX_DEPTH) -> Collection[int]:
    """The recorded settings that may be the interval between two losses of a list: `log_every`, `eval_interval`."""
    intervals: set[int] = set()
    for name, value in settings.items():
        if isinstance(value, Mapping):
            intervals |= set(interval_settings(value, depth - 1)) if depth else set()
        elif type(value) is int and value > 0 and _INTERVAL_SETTING.fullmatch(re.sub("[^a-z]", "", str(name).lower())):
            intervals.add(value)
    return intervals
