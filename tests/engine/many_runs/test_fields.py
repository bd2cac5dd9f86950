"""Fields of rows by name."""

from __future__ import annotations

import math

import pytest

from engine.errors import WrongUsage
from engine.many_runs.fields import find_field, known_fields, number_of, value_of
from tests.engine.many_runs.rows import row_of


def test_a_field_is_a_part_of_the_row_a_setting_or_a_metric() -> None:
    row = row_of("a", "stopped", grokked=900, keys=(3, 5), final={"trig_loss.test": 0.25}, seed=7, test_loss=0.5)
    fields = ("name", "state", "test_loss", "seed", "grokked", "key_frequencies", "n_key_frequencies", "trig_loss.test")
    assert [value_of(row, field) for field in fields] == ["a", "stopped", 0.5, 7, 900, (3, 5), 2, 0.25]


def test_what_is_absent_is_none() -> None:
    row = row_of("a")
    for field in ("grokked", "n_key_frequencies", "share_grokked", "trig_loss.test", "seed", "test_loss"):
        assert value_of(row, field) is None
        assert number_of(row, field) is None


def test_text_booleans_lists_and_nan_are_no_numbers() -> None:
    row = row_of("a", keys=(3,), tied=True, lr=math.nan, seed=1)
    numbers = [number_of(row, field) for field in ("name", "tied", "key_frequencies", "lr", "seed")]
    assert numbers == [None, None, None, None, 1]


def test_share_grokked_is_0_or_1_where_it_is_known() -> None:
    never, unknown = row_of("a", final={"accuracy.test": 0.2}), row_of("b", final={"accuracy.test": None})
    assert [value_of(row, "share_grokked") for row in (row_of("c", grokked=5), never, unknown)] == [1, 0, None]


def test_a_field_is_found_with_hyphens_and_an_unknown_one_is_named_with_similar_ones() -> None:
    rows = [row_of("a", weight_decay=1.0)]
    assert find_field("weight-decay", rows) == "weight_decay"
    with pytest.raises(WrongUsage, match=r"'weigth_decay'; did you mean weight_decay"):
        find_field("weigth_decay", rows)
    with pytest.raises(WrongUsage, match=r"'zzz'; fields are name, .*weight_decay, and numbers such as"):
        find_field("zzz", rows)


def test_known_fields_are_those_of_any_row() -> None:
    assert {"seed", "lr", "loss.all", "grokked"} <= set(
        known_fields([row_of("a", seed=1), row_of("b", lr=0.1, final={"loss.all": 1.0})])
    )
