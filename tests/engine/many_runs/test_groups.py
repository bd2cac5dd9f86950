"""Groups of runs and their statistics, against Python's statistics module."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import pytest

from engine.errors import WrongUsage
from engine.many_runs.groups import group_rows, parse_group_by
from engine.many_runs.statistic import Statistic, statistic
from tests.engine.many_runs.rows import names, row_of

ROWS = [
    row_of("a", weight_decay=1.0, seed=0, p=7, grokked=900),
    row_of("b", weight_decay=1.0, seed=1, p=7, grokked=1_250),
    row_of("c", weight_decay=0.3, seed=0, p=7, final={"accuracy.test": 0.4}),
    row_of("d", weight_decay=0.3, seed=1, p=7),
    row_of("e", "damaged"),
]


def test_grouping_by_all_but_the_seed() -> None:
    assert parse_group_by("!seed", ROWS) == ("weight_decay",)
    groups = group_rows(ROWS, ("weight_decay",))
    assert [group.values for group in groups] == [{"weight_decay": 0.3}, {"weight_decay": 1.0}]
    assert [names(group.rows) for group in groups] == ["c d", "a b"]
    assert [group.label for group in groups] == ["weight_decay=0.3", "weight_decay=1"]


def test_grouping_by_a_list() -> None:
    assert parse_group_by("p, weight-decay", ROWS) == ("p", "weight_decay")
    assert len(group_rows(ROWS, ("p", "seed"))) == 2
    assert names(group_rows(ROWS, ())[0].rows) == "a b c d"
    assert group_rows(ROWS, ())[0].label == "all runs"


def test_statistics_state_how_many_values_they_have() -> None:
    low, high = group_rows(ROWS, ("weight_decay",))
    assert high.statistic("grokked") == Statistic(2, 1_075.0, pytest.approx(stdev([900, 1_250])))
    assert low.statistic("grokked") == Statistic(0, None, None, absent=2)
    assert high.statistic("share_grokked") == Statistic(2, 1.0, 0.0)
    assert low.statistic("share_grokked") == Statistic(1, 0.0, None, absent=1)


def test_the_statistic_agrees_with_the_definition() -> None:
    values = [0.1 * i**3 - 7 for i in range(50)]
    found = statistic(values)
    assert (found.mean, found.sd) == (pytest.approx(fmean(values), rel=1e-14), pytest.approx(stdev(values), rel=1e-14))


def test_nan_is_absent_and_an_infinite_value_leaves_no_standard_deviation() -> None:
    assert statistic([math.nan, 2.0]) == Statistic(1, 2.0, None, absent=1)
    assert statistic([math.inf, 2.0]) == Statistic(2, math.inf, None)
    assert statistic([math.inf, -math.inf]) == Statistic(2, None, None)


@pytest.mark.parametrize("text", ["", "!", "seed,,p"])
def test_a_grouping_that_names_no_field_is_rejected(text: str) -> None:
    with pytest.raises(WrongUsage, match="--group-by is"):
        parse_group_by(text, ROWS)


def test_an_unknown_field_is_rejected() -> None:
    with pytest.raises(WrongUsage, match="did you mean seed"):
        parse_group_by("!sed", ROWS)
