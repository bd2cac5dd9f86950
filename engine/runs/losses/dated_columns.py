"""Assign epochs to columns of losses: by a column of epochs beside them, else by their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from engine.runs.epoch_names import MAX_EPOCH
from engine.runs.losses.column_names import Series, epoch_rank, parse_column
from engine.runs.losses.columns import InvalidColumns, Numbers, as_list, as_numbers
from engine.runs.losses.list_epochs import ListLength, every_nth_epoch, infer_stride
from engine.runs.losses.loss_series import LossSeries, LossSource, series_by_epoch
from engine.runs.recorded_epochs import whole_number

# A list of 2, 3, ... 100 times as many values as epochs may have one for each step of an epoch.
_MAX_STEPS, _MIN_EPOCHS = 100, 10


@dataclass(frozen=True)
class EpochEvidence:
    """What determines the epochs of a list that records none.

    `checkpoints` are the epochs of the run's checkpoints in ascending order, `settings` recorded settings that may be
    the interval (`log_every`), `shorter` the lengths of the same lists in earlier checkpoints, by column.
    """

    checkpoints: Sequence[int] = ()
    settings: Collection[int] = ()
    shorter: Mapping[str, Sequence[ListLength]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Column:
    """A column of losses or accuracies."""

    name: str
    values: Numbers
    epochs: Numbers | None = None  # where each value is stored under its epoch


def read_columns(columns: Mapping[str, Any], name: str, evidence: EpochEvidence) -> LossSource:
    """The losses and accuracies in the columns of a file called `name`, with a warning for each that is left out."""
    epochs, series, warnings = _parse(columns)
    dated: dict[Series, LossSeries] = {}
    undated: dict[Series, _Column] = {}
    for which, column in series.items():
        if column.epochs is not None and _are_epochs(column.epochs):
            if found := series_by_epoch(column.epochs, column.values, column.name, "by their epochs"):
                dated[which] = found
        elif beside := [each for each in epochs if len(each.values) == len(column.values)]:
            chosen = max(beside, key=lambda each: _fit(each, column, evidence.checkpoints))
            if problem := _other_unit(chosen, evidence.checkpoints):
                warnings[column.name] = problem
            elif found := series_by_epoch(chosen.values, column.values, column.name, f"by {chosen.name}"):
                dated[which] = found
        elif len(column.values):
            undated[which] = column
    inferred, skipped = _date_by_number(undated, evidence)
    reasons = (*warnings.items(), *skipped.items())
    return LossSource(
        name, {**dated, **inferred}, tuple(f"{name}: {column} was skipped: {why}." for column, why in reasons)
    )


def _parse(columns: Mapping[str, Any]) -> tuple[list[_Column], dict[Series, _Column], dict[str, str]]:
    """The columns of epochs, the preferred column of each series, and why others were skipped, by column."""
    epochs: list[tuple[int, _Column]] = []
    candidates: dict[Series, list[tuple[bool, int, _Column]]] = {}
    warnings: dict[str, str] = {}
    for name, values in columns.items():
        keys = as_numbers(list(values)) if isinstance(values, Mapping) else None
        items = list(values.values()) if isinstance(values, Mapping) else as_list(values)
        if items is not None and (pairs := _pairs_by_epoch(items)) is not None:
            keys, items = np.array(list(pairs), dtype=np.float64), list(pairs.values())
        if items is None:
            continue
        parsed, rank = parse_column(name), epoch_rank(name)
        try:
            numbers = as_numbers(items)
            if parsed is None and rank is not None and _are_epochs(numbers):
                epochs.append((rank, _Column(name, numbers)))
            elif parsed is not None:
                numbers = _fraction(numbers) if parsed.series.endswith("accuracy") else numbers
                is_single = int(np.count_nonzero(~np.isnan(numbers))) < 2  # a summary at the end of training
                candidates.setdefault(parsed.series, []).append((is_single, parsed.rank, _Column(name, numbers, keys)))
        except InvalidColumns as error:
            warnings[name] = str(error)
    best = {which: min(found, key=lambda each: each[:2])[2] for which, found in candidates.items()}
    return [column for _, column in sorted(epochs, key=lambda each: each[0])], best, warnings


def _pairs_by_epoch(items: Sequence[Any]) -> dict[int, Any] | None:
    """The values of a list of (epoch, value) by their ascending epochs; None if it is no such list."""
    pairs = [item for item in items[:1] if isinstance(item, list | tuple)] and list(items)
    if not pairs or not all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
        return None
    epochs = [whole_number(epoch) for epoch, _ in pairs]
    known = [epoch for epoch in epochs if epoch is not None]
    if len(known) < len(epochs) or any(first >= second for first, second in pairwise(known)):
        return None
    return {epoch: value for epoch, (_, value) in zip(known, pairs, strict=True)}


def _are_epochs(numbers: Numbers) -> bool:
    known = numbers[~np.isnan(numbers)]
    return bool(len(known) and ((known >= 0) & (known < MAX_EPOCH) & (known == np.floor(known))).all())


def _fraction(accuracies: Numbers) -> Numbers:
    """Accuracies from 0 to 1; if any is above 1, they are percent."""
    known = accuracies[~np.isnan(accuracies)]
    if len(known) and (known.min() < 0 or known.max() > 100):
        raise InvalidColumns(f"it contains {known.min():g} to {known.max():g}, expected accuracies from 0 to 1 or 100")
    return accuracies / 100 if len(known) and known.max() > 1 + 1e-6 else accuracies


def _fit(epochs: _Column, losses: _Column, checkpoints: Sequence[int]) -> tuple[int, int]:
    """How many checkpoints and losses have an epoch in this column."""
    dated = ~np.isnan(epochs.values) & ~np.isnan(losses.values)
    return int(np.isin(checkpoints, epochs.values[dated]).sum()), int(dated.sum())


def _other_unit(epochs: _Column, checkpoints: Sequence[int]) -> str | None:
    """Why a column counts something else than the checkpoints do, such as steps; None if it does not.

    It has none of their epochs but 0, and ends before half or after twice their last.
    """
    last, highest = max(checkpoints, default=0), float(np.nanmax(epochs.values))
    if (
        last == 0
        or highest == 0
        or last / 2 <= highest <= 2 * last
        or np.isin(checkpoints, epochs.values[epochs.values > 0]).any()
    ):
        return None
    return f"{epochs.name} ends at {highest:,.0f}, the checkpoints at {last:,}, and they have no epoch in common"


def _date_by_number(
    columns: Mapping[Series, _Column], evidence: EpochEvidence
) -> tuple[dict[Series, LossSeries], dict[str, str]]:
    """The columns with epochs inferred from their lengths, and why others were skipped, by column."""
    longest = max((len(column.values) for column in columns.values()), default=0)
    found: dict[Series, LossSeries] = {}
    skipped: dict[str, str] = {}
    for which, column in columns.items():
        try:
            epochs = _epochs_by_number(column, longest, evidence)
        except InvalidColumns as error:
            skipped[column.name] = str(error)
            continue
        step = int(epochs[1] - epochs[0]) if len(epochs) > 1 else 1
        dated = "of every epoch" if step == 1 else f"of every {step:,} epochs, inferred from their number,"
        if series := series_by_epoch(epochs, column.values, column.name, dated):
            found[which] = series
    return found, skipped


def _epochs_by_number(column: _Column, longest: int, evidence: EpochEvidence) -> Numbers:
    """The epochs of a column; of the columns beside it, the longest has `longest` rows.

    Raises:
        InvalidColumns: nothing determines them.
    """
    count, last_epoch = len(column.values), max(evidence.checkpoints, default=None)
    if last_epoch is not None and last_epoch >= _MIN_EPOCHS:
        steps, rest = divmod(longest, last_epoch)
        if rest <= 1 and 2 <= steps <= _MAX_STEPS:
            raise InvalidColumns(f"its {count:,} values may be {steps} for each of the {last_epoch:,} epochs")
    if last_epoch is None or longest >= last_epoch:  # the longest has a value for every epoch
        every_nth = every_nth_epoch(count, longest, evidence.settings)
        if every_nth is None:
            raise InvalidColumns(f"its {count:,} values do not match the {longest:,} epochs")
        return np.array(every_nth, dtype=np.float64)
    lengths = [*evidence.shorter.get(column.name, ()), ListLength(last_epoch, count)]
    stride = infer_stride(lengths, evidence.settings)
    if stride is None:
        raise InvalidColumns(f"nothing records the epochs of its {count:,} values, up to epoch {last_epoch:,}")
    return np.arange(count, dtype=np.float64) * stride
