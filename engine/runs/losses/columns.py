"""Columns of numbers by name, from the nested dicts and lists in which trainers keep a history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from engine.runs.losses.column_names import epoch_rank, is_group, is_split_column, lacks_split, parse_column

Numbers = NDArray[np.float64]  # [row]; NaN: not recorded

_MAX_DEPTH, _MAX_VALUES = 4, 4_000_000
_ABSENT = frozenset(("", "nan", "none", "null", "na", "n/a", "-"))


class InvalidColumns(ValueError):
    """A column contains something else than numbers, or there are too many; the message completes a sentence."""


def columns_in(history: Mapping[str, Any]) -> dict[str, Any]:
    """The recognised columns of a history and its single values, by their path in it.

    Reads a dict of lists, a list of dicts under a name that groups columns, and dicts in such dicts. A column may also
    be a dict of epochs and values.

    >>> columns_in({"history": {"loss": [2.0, 1.0]}, "test": {"acc": 0.5}, "lr": 1e-3})
    {'history/loss': [2.0, 1.0], 'test/acc': 0.5}
    >>> columns_in({"log_history": [{"step": 0, "loss": 2.0}, {"step": 5, "eval_loss": 1.0}]})
    {'log_history/step': [0, 5], 'log_history/loss': [2.0, None], 'log_history/eval_loss': [None, 1.0]}

    Raises:
        InvalidColumns: too many values.
    """
    budget = _Budget()
    columns: dict[str, Any] = {}
    for name, value in _flatten(history, budget):
        if _is_rows(value):
            columns.update((f"{name}/{column}", values) for column, values in _columns_of_rows(value, budget).items())
        elif is_recognised(name):
            columns[name] = value
    return columns


def columns_of_rows(rows: Sequence[Any]) -> dict[str, list[Any]]:
    """The recognised columns of a list of dicts; None where a row lacks one.

    Raises:
        InvalidColumns: too many values.
    """
    return _columns_of_rows(rows, _Budget())


def separate_splits(columns: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """The columns, those of losses divided by a column that names the split of each row.

    >>> separate_splits({"epoch": [0, 0], "split": ["train", "test"], "loss": [2.0, 3.0]})
    {'epoch': [0, 0], 'train/loss': [2.0, None], 'test/loss': [None, 3.0]}
    """
    names = [name for name in columns if is_split_column(name)]
    kept = {name: list(values) for name, values in columns.items() if name not in names}
    splits = [split if isinstance(split, str) else "" for name in names[:1] for split in columns[name]]
    for name in [name for name in kept if splits and lacks_split(name)]:
        values = kept.pop(name)
        for split in dict.fromkeys(filter(is_group, splits)):
            of_split = (value if each == split else None for each, value in zip(splits, values, strict=True))
            kept[f"{split}/{name}"] = list(of_split)
    return kept


def _columns_of_rows(rows: Sequence[Any], budget: _Budget) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for count, row in enumerate(rows):
        for name, value in _flatten(row, budget) if isinstance(row, Mapping) else ():
            if is_recognised(name) or is_split_column(name):
                column = columns.setdefault(name, [])
                column.extend([None] * (count - len(column)))
                column.append(value)
    return separate_splits({name: column + [None] * (len(rows) - len(column)) for name, column in columns.items()})


def as_list(value: object) -> Sequence[Any] | None:
    """The items of a list, tuple, one-dimensional tensor or array; None for anything else."""
    if isinstance(value, Tensor | np.ndarray):
        return value.tolist() if value.ndim == 1 else None
    return value if isinstance(value, list | tuple) else None


def as_numbers(values: Sequence[Any]) -> Numbers:
    """The numbers of a column; NaN for None, an empty text and other marks of an absent value.

    Raises:
        InvalidColumns: an item is something else.
    """
    try:
        numbers = np.array(values, dtype=np.float64)
        if numbers.ndim == 1:
            return numbers
    except (ValueError, TypeError, OverflowError):
        pass
    return np.array([_number(value, row) for row, value in enumerate(values, start=1)], dtype=np.float64)


def _number(value: object, row: int) -> float:
    if isinstance(value, Tensor | np.ndarray | np.generic) and prod(value.shape) == 1:
        value = value.item()
    if value is None or (isinstance(value, str) and value.strip().lower() in _ABSENT):
        return np.nan
    try:
        if isinstance(value, str | int | float):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise InvalidColumns(f"row {row:,} contains {_shown(value)}, expected a number")


def _shown(value: object) -> str:
    return repr(value[:40]) if isinstance(value, str) else f"a {type(value).__name__}"


class _Budget:
    """Limits the number of values: a pickled list can contain one dict a million times."""

    def __init__(self) -> None:
        self._remaining = _MAX_VALUES

    def spend(self, values: int) -> None:
        self._remaining -= values
        if self._remaining < 0:
            raise InvalidColumns(f"it records more than {_MAX_VALUES:,} values")


def _flatten(
    content: Mapping[Any, Any], budget: _Budget, path: str = "", depth: int = _MAX_DEPTH
) -> Iterator[tuple[str, Any]]:
    """The values of a dict, and of dicts in it under names that group columns, by their path."""
    budget.spend(len(content))
    for key, value in content.items():
        if isinstance(value, Mapping):
            if isinstance(key, str) and _is_keyed_by_epoch(value) and is_recognised(f"{path}{key}"):
                budget.spend(len(value))
                yield f"{path}{key}", value
            elif depth and isinstance(key, str) and is_group(key):
                yield from _flatten(value, budget, f"{path}{key}/", depth - 1)
        elif isinstance(key, str):
            yield f"{path}{key}", value


def _is_keyed_by_epoch(values: Mapping[Any, Any]) -> bool:
    """Whether a dict maps epochs to values: its keys are whole numbers, in JSON as text."""
    key = next(iter(values), None)
    if not (type(key) is int or (isinstance(key, str) and key.isdecimal())):
        return False
    return all(type(key) is int or (isinstance(key, str) and key.isdecimal() and len(key) < 20) for key in values)


def _is_rows(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


@lru_cache(maxsize=4096)  # the same names in every row
def is_recognised(name: str) -> bool:
    return parse_column(name) is not None or epoch_rank(name) is not None
