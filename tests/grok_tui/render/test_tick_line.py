"""The numbers below a chart are whole, and the title of the axis covers none of them."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.render.tick_line import place_texts, tick_line

TENS = [(column, str(column)) for column in (0, 10, 20, 30)]
ENDS = [(0, "0"), (30, "30")]


def line_of(choices: list[list[tuple[int, str]]], columns: int, title: str, left: int = 0, right: int = 0) -> str:
    """The line with its `left` columns in front of the plotting area."""
    placed, start = tick_line(choices, columns, title, left, right or columns)
    line = [" "] * (left + max(right, columns))
    for at, text in [*placed, *([] if start is None else [(start, title)])]:
        assert set(line[left + at : left + at + len(text)]) == {" "}, "two texts overlap"
        line[left + at : left + at + len(text)] = text
    return "".join(line)


def test_the_title_is_right_of_the_last_number():
    assert line_of([TENS], 40, "k") == "0         10        20        30       k"
    assert line_of([TENS], 32, "k", right=40).rstrip() == "0         10        20        30  k"


def test_without_room_on_the_right_it_is_left_of_the_first_number():
    assert line_of([TENS], 32, "epoch", left=6) == "epoch 0         10        20        30"


def test_without_room_there_it_is_in_the_last_gap_that_is_wide_enough():
    ticks = [(0, "0"), (14, "14"), (24, "24"), (31, "31")]
    assert line_of([ticks], 33, "epoch", left=2) == "  0    epoch    14        24     31"


def test_fewer_numbers_make_room_for_the_title():
    assert line_of([TENS, ENDS], 32, "input token", left=2) == "  0         input token         30"


def test_without_any_room_the_numbers_stay():
    assert line_of([TENS, ENDS], 32, "a title that is longer than the whole line", left=2).split() == [
        "0",
        "10",
        "20",
        "30",
    ]


def test_texts_move_away_from_each_other_or_are_left_out():
    assert place_texts([(0, "0"), (2, "100"), (9, "200")], 12) == [(0, "0"), (8, "200")]


@pytest.mark.parametrize("seed", range(200))
def test_no_number_is_covered_or_cut(seed: int):
    generator = np.random.default_rng(seed)
    columns, left = int(generator.integers(1, 90)), int(generator.integers(0, 9))
    right = columns + int(generator.integers(0, 12))
    step = int(generator.integers(1, 40))
    choices = [
        [(column, f"{column * 1000:,}") for column in range(0, columns, step * stride)] for stride in (1, 2, 3, 4, 6)
    ]
    title = str(generator.choice(["", "k", "epoch", "component of x", "quadratic fraction, pre"]))
    words = line_of(choices, columns, title, left, right)
    allowed = {text for ticks in choices for _, text in ticks}
    assert set(words.replace(title, " " * len(title)).split() if title else words.split()) <= allowed
