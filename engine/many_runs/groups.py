"""Groups of runs with equal settings, such as all seeds of one weight decay, and their statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.errors import WrongUsage
from engine.many_runs.fields import Value, find_field, number_of, value_of
from engine.many_runs.run_row import RunRow
from engine.many_runs.sorting import sort_key
from engine.many_runs.statistic import Statistic, statistic
from engine.many_runs.varying_settings import varying_settings


@dataclass(frozen=True)
class Group:
    """Runs with equal values of the fields that they are grouped by."""

    values: Mapping[str, Value]
    rows: tuple[RunRow, ...]

    @property
    def label(self) -> str:
        """The values in words, such as `weight_decay=1, p=113`; `all runs` without any.

        >>> Group({"weight_decay": 1.0, "act_fn": None}, ()).label
        'weight_decay=1, act_fn absent'
        """
        words = [f"{name} absent" if value is None else f"{name}={_text(value)}" for name, value in self.values.items()]
        return ", ".join(words) or "all runs"

    def statistic(self, field: str) -> Statistic:
        """Mean and standard deviation of a field; `share_grokked` has the share of grokked runs as its mean."""
        return statistic(number_of(row, field) for row in self.rows)


def group_rows(rows: Sequence[RunRow], fields: Sequence[str]) -> list[Group]:
    """Rows by their values of some fields, in the order of these values; damaged rows are left out.

    Settings are grouped as they are recorded; an absent value is a value of its own.
    """
    members: dict[tuple[object, ...], list[RunRow]] = {}
    for row in rows:
        if row.state != "damaged":
            members.setdefault(tuple(value_of(row, field) for field in fields), []).append(row)
    groups = [Group({field: value_of(found[0], field) for field in fields}, tuple(found)) for found in members.values()]
    return sorted(groups, key=lambda group: [sort_key(value) for value in group.values.values()])


def parse_group_by(text: str, rows: Sequence[RunRow]) -> tuple[str, ...]:
    """The fields to group by: `weight_decay,p`, or `!seed` for all settings that vary but the seed.

    Raises:
        WrongUsage: no field is named, or no row has it.
    """
    names = [name.strip() for name in text.strip().removeprefix("!").split(",")]
    if not all(names):
        raise WrongUsage(f"--group-by is FIELD,FIELD or !FIELD, such as '!seed'; found {text!r}.")
    fields = _distinct(find_field(name, rows) for name in names)
    if not text.strip().startswith("!"):
        return fields
    return tuple(name for name in varying_settings(rows) if name not in fields)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _text(value: Value) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
