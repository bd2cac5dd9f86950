"""Shortened text: numbers are whole or absent, and what was cut ends in an ellipsis."""

from __future__ import annotations

import re

import pytest

from grok_tui.render.fit_text import fit_text, without_cut_number

TEXTS = (
    "key frequencies 14, 35, 41, 42, 52 · 96.9% of the energy in their blocks",
    "k 14 · -1.5e-07 against +2,345.25 (10 of 512 neurons)",
    "9,000 to 14,000",
    "実験 123 文",
)


@pytest.mark.parametrize("text", TEXTS)
def test_every_number_left_is_a_number_of_the_text(text) -> None:
    numbers = set(re.findall(r"[\d.,e%+-]*\d[\d.,e%+-]*", text.replace(", ", "  ")))
    for width in range(len(text) + 8):
        fitted = fit_text(text, width)
        assert len(fitted) <= width
        left = re.findall(r"[\d.,e%+-]*\d[\d.,e%+-]*", fitted.replace(", ", "  "))
        assert set(left) <= numbers, (width, fitted)


def test_what_was_cut_ends_in_an_ellipsis_behind_a_blank_after_a_number() -> None:
    assert fit_text("at share 0.85", 13) == "at share 0.85"
    assert fit_text("14, 35, 41, 42", 10) == "14, 35, …"
    assert fit_text("14, 35, 41, 42", 9) == "14, 35, …"
    assert fit_text("14, 35, 41, 42", 8) == "14, …"
    assert fit_text("12345", 4) == "…"
    assert fit_text("abc", 0) == ""


def test_a_crop_drops_the_number_that_it_would_divide() -> None:
    assert without_cut_number("0 to 4,040", 10) == "0 to 4,040"
    assert without_cut_number("0 to 4,040", 9) == "0 to "
    assert without_cut_number("-7", 1) == ""
