"""The order of rows."""

from __future__ import annotations

import pytest

from engine.errors import WrongUsage
from engine.many_runs.sorting import sort_rows
from tests.engine.many_runs.rows import names, row_of

ROWS = [
    row_of("run10", seed=1, weight_decay=1.0, grokked=500),
    row_of("run9", seed=0, weight_decay=1.0),
    row_of("run2", seed=0, weight_decay=0.3, grokked=900),
]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("name", "run2 run9 run10"),
        ("-name", "run10 run9 run2"),
        ("name:desc", "run10 run9 run2"),
        ("seed", "run9 run2 run10"),  # equal rows stay in their order
        ("-seed", "run10 run9 run2"),
        ("weight_decay,-seed", "run2 run10 run9"),
        ("grokked", "run10 run2 run9"),  # absent values last
        ("-grokked", "run2 run10 run9"),  # in either order
    ],
)
def test_rows_are_sorted_by_fields(order: str, expected: str) -> None:
    assert names(sort_rows(ROWS, order)) == expected


def test_numbers_come_before_text_and_unlike_kinds_compare() -> None:
    rows = [row_of("a", depth="deep"), row_of("b", depth=3), row_of("c", depth=True), row_of("d")]
    assert names(sort_rows(rows, "depth")) == "c b a d"


@pytest.mark.parametrize("order", ["", "-", "seed:up", "seed,"])
def test_an_order_that_names_no_field_is_rejected(order: str) -> None:
    with pytest.raises(WrongUsage, match="--sort is FIELD"):
        sort_rows(ROWS, order)


def test_an_unknown_field_is_rejected() -> None:
    with pytest.raises(WrongUsage, match=r"'sed'; did you mean seed"):
        sort_rows(ROWS, "-sed")
