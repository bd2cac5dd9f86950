"""Conditions of sentences."""

from __future__ import annotations

import pytest

from grok_tui.tour.conditions import Name, holds, parse_condition

VALUES = {Name("loss"): 2.0, Name("loss", "first"): 3.0, Name("p"): 7.0, Name("absent"): None}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss < loss@first", True),
        ("loss > loss@first", False),
        ("loss >= 2", True),
        ("loss <= 1e-3", False),
        ("p == 7 and loss != 2", False),
        ("p == 7 and loss == 2", True),
        ("absent < 1", False),
        ("absent >= 1", False),
    ],
)
def test_it_compares(text, expected) -> None:
    assert holds(parse_condition(text), VALUES.__getitem__) is expected


@pytest.mark.parametrize("text", ["", "loss", "loss << 3", "loss < 3 and", "1 < loss < 3", "loss = 3"])
def test_what_is_no_comparison_is_refused(text) -> None:
    with pytest.raises(ValueError, match="is not a comparison"):
        parse_condition(text)
