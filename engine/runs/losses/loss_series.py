"""Series of losses and accuracies by epoch, and the choice of one where several sources record it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.runs.losses.column_names import SERIES, Series
from engine.runs.losses.columns import Numbers
from engine.runs.run import RecordedLosses


@dataclass(frozen=True, eq=False)
class LossSeries:
    """One series in ascending epochs, without absent values.

    `column` is its name where it is recorded, `dated` how its epochs are: `by step`, `of every 10th epoch, inferred`.
    """

    epochs: NDArray[np.int64]
    values: Numbers
    column: str
    dated: str


@dataclass(frozen=True, eq=False)
class LossSource:
    """What one file, or the checkpoints, record; `name` tells the user where."""

    name: str
    series: Mapping[Series, LossSeries] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def series_by_epoch(epochs: Numbers, values: Numbers, column: str, dated: str) -> LossSeries | None:
    """The recorded values in order of their epochs; the last one of each epoch is used. None if there is none."""
    known = ~np.isnan(epochs) & ~np.isnan(values)
    reverse_epochs, reverse_values = epochs[known][::-1].astype(np.int64), values[known][::-1]
    unique, places = np.unique(reverse_epochs, return_index=True)  # the first place of each
    return LossSeries(unique, reverse_values[places], column, dated) if len(unique) else None


def merge_sources(sources: Iterable[LossSource]) -> tuple[RecordedLosses | None, tuple[str, ...]]:
    """The losses and accuracies, each series from the first source that has it, and the warnings of all sources."""
    chosen: dict[Series, LossSeries] = {}
    columns: dict[tuple[str, str], list[str]] = {}
    warnings: list[str] = []
    for source in sources:
        warnings.extend(source.warnings)
        for name in SERIES:
            if name in source.series and name not in chosen:
                series = chosen[name] = source.series[name]
                columns.setdefault((source.name, series.dated), []).append(series.column)
    if not chosen:
        return None, tuple(warnings)
    epochs = np.unique(np.concatenate([series.epochs for series in chosen.values()]))
    losses = RecordedLosses(
        epochs,
        _align(chosen.get("train"), epochs),
        _align(chosen.get("test"), epochs),
        _align(chosen["train_accuracy"], epochs) if "train_accuracy" in chosen else None,
        _align(chosen["test_accuracy"], epochs) if "test_accuracy" in chosen else None,
        source="; ".join(f"{', '.join(names)} {dated} in {name}" for (name, dated), names in columns.items()),
    )
    return losses, tuple(warnings)


def _align(series: LossSeries | None, epochs: NDArray[np.int64]) -> Numbers:
    """The values of a series at the epochs; NaN where it has none."""
    aligned = np.full(len(epochs), np.nan)
    if series is not None:
        aligned[np.searchsorted(epochs, series.epochs)] = series.values
    return aligned
