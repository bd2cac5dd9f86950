"""The fields of a row by name: what filters, sorting, groups and diagrams of runs refer to.

A field is a part of the row ("state", "test_loss"), a setting ("weight_decay"), a result of the metrics ("grokked") or
a number of the last checkpoint by its path in the report ("trig_loss.test").
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from math import isnan

from engine.errors import WrongUsage
from engine.many_runs.run_row import RunRow, Setting

Value = Setting | tuple[int, ...]

_PARTS = ("all", "train", "test")
ROW_FIELDS = (
    *("name", "state", "epoch", "epochs", "train_loss", "test_loss", "train_accuracy", "test_accuracy"),
    "problem",
)
MEASURED_FIELDS = ("key_frequencies", "n_key_frequencies", "memorised", "grokked", "cleaned_up", "share_grokked")
# Numbers of the last checkpoint that most runs have; a run may have others.
FINAL_FIELDS = (
    *(f"{name}.{part}" for name in ("loss", "accuracy", "trig_loss", "excluded_loss_all_key") for part in _PARTS),
    *("trig_fraction.logits", "trig_fraction.neurons_pre", "trig_fraction.neurons_post", "logit_fit.fve"),
    *("gini.W_E", "gini.W_L", "sum_sq_weights.total"),
)
_OF_ALL_ROWS = (*ROW_FIELDS, *MEASURED_FIELDS, *FINAL_FIELDS)


class UnknownField(WrongUsage):
    """No run has a field of this name."""


def value_of(row: RunRow, field: str) -> Value:
    """The value of a field; None where it is absent.

    >>> from pathlib import Path
    >>> row = RunRow("a", Path("a"), "finished", {"seed": 3}, test_loss=0.5)
    >>> value_of(row, "seed"), value_of(row, "test_loss"), value_of(row, "grokked"), value_of(row, "lr")
    (3, 0.5, None, None)
    """
    if field in ROW_FIELDS:
        value: Value = getattr(row, field)
        return value
    if field in MEASURED_FIELDS:
        return _measured(row, field)
    if field in row.settings:
        return row.settings[field]
    return None if row.measured is None else row.measured.final.get(field)


def number_of(row: RunRow, field: str) -> float | None:
    """The value of a field as a number; None where it is absent, NaN or not a number."""
    value = value_of(row, field)
    if isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
        return None
    return value


def has_grokked(row: RunRow) -> bool | None:
    """Whether a run has grokked by its last checkpoint; None if its metrics or its test accuracy are absent."""
    if row.measured is None:
        return None
    if row.measured.grokked is None and row.measured.final.get("accuracy.test") is None:
        return None
    return row.measured.grokked is not None


def known_fields(rows: Iterable[RunRow]) -> list[str]:
    """The names of all fields of these rows."""
    names = dict.fromkeys(_OF_ALL_ROWS)
    for row in rows:
        names.update(dict.fromkeys(row.settings))
        if row.measured is not None:
            names.update(dict.fromkeys(row.measured.final))
    return list(names)


def find_field(name: str, rows: Iterable[RunRow]) -> str:
    """The field of this name; `weight-decay` finds `weight_decay`.

    Raises:
        UnknownField: no row has it; the message has the names that are most like it.
    """
    rows = list(rows)
    for candidate in (name, name.replace("-", "_")):
        if candidate in _OF_ALL_ROWS or any(_has(row, candidate) for row in rows):
            return candidate
    known = known_fields(rows)
    near = get_close_matches(name.lower().replace("-", "_"), known, n=3, cutoff=0.5)
    listed = ", ".join(field for field in known if field not in FINAL_FIELDS)
    hint = f"did you mean {' or '.join(near)}?" if near else f"fields are {listed}, and numbers such as trig_loss.test."
    raise UnknownField(f"No run has a field {name!r}; {hint}")


def _has(row: RunRow, field: str) -> bool:
    return field in row.settings or (row.measured is not None and field in row.measured.final)


def _measured(row: RunRow, field: str) -> Value:
    if row.measured is None:
        return None
    if field == "n_key_frequencies":
        return len(row.measured.key_frequencies)
    if field == "share_grokked":
        grokked = has_grokked(row)
        return None if grokked is None else int(grokked)
    value: Value = getattr(row.measured, field)
    return value
