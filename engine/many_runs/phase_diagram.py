"""A number of each run against one or two settings, such as the epoch of grokking against weight decay and p."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.many_runs.fields import Value, find_field, number_of, value_of
from engine.many_runs.run_row import RunRow
from engine.many_runs.sorting import sort_key
from engine.many_runs.statistic import Statistic, statistic


@dataclass(frozen=True)
class PhaseDiagram:
    """The statistic of a metric over the runs of each cell.

    `cells` is [y][x]; without `y` it has one row and `y_values` is empty. A cell without a run, or whose runs all lack
    the metric, has n = 0 and no mean; `absent` counts such runs. `left_out` counts the runs that do not record x or y.
    """

    metric: str
    x: str
    y: str | None
    x_values: tuple[Value, ...]
    y_values: tuple[Value, ...]
    cells: tuple[tuple[Statistic, ...], ...]
    left_out: int = 0


def phase_diagram(rows: Sequence[RunRow], metric: str, x: str, y: str | None = None) -> PhaseDiagram:
    """The mean and standard deviation of a metric by the values of one or two fields.

    `metric` is any field that is a number: `grokked` is the epoch, `share_grokked` the share of runs that have,
    `n_key_frequencies` the number of key frequencies.

    Raises:
        UnknownField: no row has one of the fields.
    """
    metric, x = find_field(metric, rows), find_field(x, rows)
    y = None if y is None else find_field(y, rows)
    members: dict[tuple[Value, Value], list[RunRow]] = {}
    left_out = 0
    for row in rows:
        place = value_of(row, x), None if y is None else value_of(row, y)
        if row.state == "damaged" or place[0] is None or (y is not None and place[1] is None):
            left_out += 1
        else:
            members.setdefault(place, []).append(row)
    x_values = sorted({place[0] for place in members}, key=sort_key)
    y_values = sorted({place[1] for place in members}, key=sort_key)
    cells = tuple(
        tuple(statistic(number_of(row, metric) for row in members.get((x_value, y_value), ())) for x_value in x_values)
        for y_value in y_values
    )
    return PhaseDiagram(metric, x, y, tuple(x_values), () if y is None else tuple(y_values), cells, left_out)
