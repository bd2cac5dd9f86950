"""The settings that tell runs apart."""

from __future__ import annotations

from engine.many_runs.varying_settings import varying_settings
from tests.engine.many_runs.rows import row_of


def test_settings_with_several_values_vary() -> None:
    rows = [row_of("a", p=7, weight_decay=1.0, seed=0), row_of("b", p=7, weight_decay=0.3, seed=1)]
    assert varying_settings(rows) == ("weight_decay", "seed")
    assert varying_settings(rows[:1]) == ()
    assert varying_settings([]) == ()


def test_a_setting_that_one_run_lacks_varies() -> None:
    assert varying_settings([row_of("a", seed=0), row_of("b")]) == ("seed",)


def test_settings_that_follow_from_others_are_left_out() -> None:
    rows = [row_of("a", p=7, d_vocab=8, recipe="x"), row_of("b", p=11, d_vocab=12, packed=8)]
    assert varying_settings(rows) == ("p",)
    assert varying_settings([*rows, row_of("c", p=7, d_vocab=9)]) == ("p", "d_vocab")


def test_damaged_runs_do_not_count() -> None:
    assert varying_settings([row_of("a", seed=0), row_of("b", "damaged")]) == ()
