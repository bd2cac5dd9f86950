"""Maps over tokens: unwrapped order and the note below a map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.session.selection import Selection
from grok_tui.views.shared.token_maps import order_note, token_order, unwrapping_frequency


@pytest.mark.parametrize("k", [1, 2, 5])
def test_a_wave_is_one_cycle_in_unwrapped_order(k: int) -> None:
    tokens = np.arange(7)
    wave = np.cos(2 * np.pi * k * tokens / 7)
    np.testing.assert_allclose(wave[token_order(7, k)], np.cos(2 * np.pi * tokens / 7), atol=1e-12)


def test_only_a_frequency_prime_to_p_can_unwrap() -> None:
    natural, unwrapped = Selection(0, 0), replace(Selection(0, 0), order="unwrapped")
    assert unwrapping_frequency(unwrapped, 3, 8) == 3
    assert unwrapping_frequency(unwrapped, 2, 8) is None
    assert unwrapping_frequency(unwrapped, None, 8) is None
    assert unwrapping_frequency(natural, 3, 8) is None


@pytest.mark.parametrize("width", [36, 50, 90])
def test_the_note_on_the_order_of_tokens_fits_the_width(width: int) -> None:
    for unwrapped_by in (None, 52):
        note = order_note(113, width - 6, width, 52, unwrapped_by)
        assert len(note) <= width
        assert note.startswith("unwrapped: " if unwrapped_by else ("natural order", "aliased"))


@pytest.mark.parametrize(
    ("columns", "width", "note"),
    [
        (30, 90, "natural order: frequency 12 and p = 24 share a factor, no order unwraps it"),
        (30, 60, "natural order: no order unwraps frequency 12"),
        (20, 90, "natural order, aliased: 24 tokens in 20 columns; frequency 12 has no unwrapped order"),
    ],
)
def test_the_note_says_that_half_of_p_has_no_unwrapped_order(columns: int, width: int, note: str) -> None:
    assert order_note(24, columns, width, 12, None) == note
