"""Filters of rows."""

from __future__ import annotations

import pytest

from engine.many_runs.fields import UnknownField
from engine.many_runs.filters import InvalidFilter, checked_filter, filter_rows, parse_filter
from tests.engine.many_runs.rows import names, row_of

ROWS = [
    row_of("a", weight_decay=0.3, seed=0, operation="add", prompt="x y =", grokked=900, keys=(3, 14), tied=True),
    row_of("b", "stopped", weight_decay=1.0, seed=1, operation="x^2+y^2", keys=()),
    row_of("c", "growing", weight_decay=3.0, seed=12, operation="add"),
]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "a b c"),
        ("weight_decay>=1", "b c"),
        ("weight_decay>=1 seed<4", "b"),
        ("weight-decay > 0.3 state=growing", "c"),
        ("seed=0,12", "a c"),
        ("seed!=0,12", "b"),
        ("weight_decay==1", "b"),
        ("weight_decay<=1e0", "a b"),
        ("operation=x^2+y^2", "b"),
        ('prompt="x y ="', "a"),
        ("grokked=none", "b c"),
        ("grokked!=none", "a"),
        ("grokked!=1000", "a"),  # an absent value matches nothing but none
        ("grokked<1000", "a"),
        ("key_frequencies=14", "a"),
        ("n_key_frequencies>=1", "a"),
        ("n_key_frequencies=0", "b"),
        ("share_grokked=1", "a"),
        ("tied=yes", "a"),
        ("name=c", "c"),
        ("state!=damaged seed>=1 seed<=12", "b c"),
    ],
)
def test_all_terms_must_match(text: str, expected: str) -> None:
    assert names(filter_rows(ROWS, text)) == expected


def test_several_filters_are_one() -> None:
    assert names(filter_rows(ROWS, "seed>=1", "operation=add")) == "c"


def test_an_unknown_field_is_named_with_similar_ones() -> None:
    with pytest.raises(UnknownField, match=r"'sead'; did you mean seed"):
        filter_rows(ROWS, "sead=1")


@pytest.mark.parametrize("text", ["seed", "seed=", "=3", "seed >", "seed=1 weight_decay", 'prompt="x y'])
def test_a_filter_that_cannot_be_parsed_is_rejected_with_the_grammar(text: str) -> None:
    with pytest.raises(InvalidFilter):
        filter_rows(ROWS, text)
    with pytest.raises(InvalidFilter, match="a filter is FIELD=VALUE"):
        parse_filter(text)


def test_an_order_needs_numbers_on_both_sides() -> None:
    with pytest.raises(InvalidFilter, match=r"< compares with a number; found 'many'"):
        filter_rows(ROWS, "seed<many")
    with pytest.raises(InvalidFilter, match="operation is not a number"):
        filter_rows(ROWS, "operation<3")
    with pytest.raises(InvalidFilter, match="use n_key_frequencies"):
        filter_rows(ROWS, "key_frequencies>3")


def test_a_run_without_metrics_may_match_once_they_are_known() -> None:
    found = checked_filter("trig_loss.test<1 seed>=1", ROWS)
    assert [found.matches(row) for row in ROWS] == [False] * 3
    assert names([row for row in ROWS if found.may_match(row)]) == "c"  # b has metrics, without this number
