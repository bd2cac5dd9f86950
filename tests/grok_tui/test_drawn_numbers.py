"""Cut numbers are found."""

from __future__ import annotations

import pytest

from grok_tui.render.table import Column, Table
from tests.grok_tui.drawn_numbers import is_rounded_from, is_whole, numbers_in, values_in, without_ticks


def test_numbers_of_a_text() -> None:
    assert numbers_in("frequencies 14, 35 of 9,000 pairs (0.85) at 1.5e-03, W_1 x2 k=3.") == [
        "14", "35", "9,000", "0.85", "1.5e-03", "3",
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["9,00", "9,0", "1.5e-", "1.5e-0", "12,3456"])
def test_a_cut_number_is_not_whole(number) -> None:
    assert numbers_in(f"at {number} epochs") == [number]
    assert not is_whole(number)


@pytest.mark.parametrize("number", ["0", "113", "9,000", "1,234,567.8", "2.5e-03", "1e-4", "1e0", "40000"])
def test_a_whole_number(number) -> None:
    assert numbers_in(f"at {number} epochs") == [number]
    assert is_whole(number)


def test_a_number_is_explained_by_a_value_that_rounds_to_it() -> None:
    table = Table((Column("name"), Column("value")), (("freq 14", -0.08549), ("none", None)))
    values = values_in(table)
    assert all(is_rounded_from(number, values) for number in ("14", "0.085", "0.0855", "8.5", "8.55e-02"))
    assert not is_rounded_from("0.08", {0.0855})
    assert not is_rounded_from("4", {4040.0})


def test_numbers_of_axes_are_left_out() -> None:
    lines = ["loss 0.25 (nats)", " 1e-3┤  o  4", "     └┬────┬", "epoch 0    20", "12 neurons, … 4 more"]
    assert without_ticks(lines) == ["loss 0.25 (nats)", " ┤  o  4", "     └┬────┬", "", "12 neurons, … "]
