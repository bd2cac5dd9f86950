"""Axes over tokens: their orders, their labels, and the note on the order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.networks.config import Task
from engine.networks.token_order import token_order
from grok_tui.session.choices import Order
from grok_tui.session.selection import initial_selection
from grok_tui.views.shared.token_axis import TokenAxis, unwrapped_order

NATURAL = np.arange(113)
MODULO_7 = np.array([1, 3, 2, 6, 4, 5])  # by logarithm to 3


@pytest.mark.parametrize("k", [1, 2, 5])
def test_a_wave_is_one_cycle_in_unwrapped_order(k: int) -> None:
    tokens = np.arange(7)
    wave = np.cos(2 * np.pi * k * tokens / 7)
    np.testing.assert_allclose(wave[unwrapped_order(7, k)], np.cos(2 * np.pi * tokens / 7), atol=1e-12)


@pytest.mark.parametrize(("k", "equal"), [(5, 1), (3, 3), (2, 2), (8, 8), (12, 12)])
def test_neighbours_are_equal_where_the_frequency_and_p_share_a_factor(k: int, equal: int) -> None:
    wave = np.cos(2 * np.pi * k * np.arange(24) / 24)[unwrapped_order(24, k)]
    cycle = np.cos(2 * np.pi * np.arange(24 // equal) / (24 // equal))
    np.testing.assert_allclose(wave, cycle.repeat(equal), atol=1e-12)


@pytest.mark.parametrize(
    ("order", "k", "shown", "names", "ticks", "label"),
    [
        ("natural", None, [1, 2, 3, 4, 5, 6], None, [(i, str(i + 1)) for i in range(6)], "x"),
        ("logarithm", None, [1, 3, 2, 6, 4, 5], list("132645"), list(enumerate("132645")), "x in order of logarithms"),
        ("unwrapped", 2, [1, 6, 3, 4, 2, 5], list("163425"), list(enumerate("163425")), "x in unwrapped order"),
    ],
)
def test_an_axis_of_logarithms_is_labelled_by_its_tokens(order: Order, k, shown, names, ticks, label) -> None:
    axis = TokenAxis(MODULO_7, order, k)
    assert axis.shown == shown
    assert axis.tokens[axis.indices].tolist() == shown
    assert axis.names == names
    assert axis.map_ticks == ticks
    assert axis.coordinates.tolist() == (shown if order == "natural" else list(range(6)))
    assert axis.label("x") == label


def test_an_axis_of_all_tokens_labels_its_positions() -> None:
    for axis in (TokenAxis(NATURAL), TokenAxis(NATURAL, "unwrapped", 14)):
        assert (axis.names, axis.map_ticks) == (None, None)
        assert axis.coordinates.tolist() == list(range(113))


@pytest.mark.parametrize("width", [36, 50, 90])
def test_the_note_on_the_order_fits_the_width(width: int) -> None:
    starts = {
        TokenAxis(NATURAL): ("natural order", "needs 113 columns", "false pattern"),
        TokenAxis(NATURAL, "unwrapped", 52): "unwrapped: ",
        TokenAxis(token_order(Task(113, "multiply")).array): "natural order",
        TokenAxis(token_order(Task(113, "multiply")).array, "logarithm"): (
            "logarithm order",
            "needs 112 columns",
            "false",
        ),
        TokenAxis(token_order(Task(113, "multiply")).array, "unwrapped", 56): "unwrapped: ",
    }
    for axis, start in starts.items():
        note = axis.note(width - 6, width, 52)
        assert len(note) <= width
        assert note.startswith(start)


def test_the_note_says_how_many_columns_the_natural_order_needs() -> None:
    note = TokenAxis(NATURAL).note(44, 100, 52, "the neuron's")
    assert note == "natural order needs 113 columns, here are 44: this pattern is not the neuron's; unwrap it"
    assert TokenAxis(NATURAL).note(44, 58, 52) == "needs 113 columns, here are 44: a false pattern; unwrap it"
    assert TokenAxis(NATURAL).note(113, 100, 52) == "natural order"


def test_the_note_names_logarithms() -> None:
    assert TokenAxis(MODULO_7, "unwrapped", 2).note(6, 90, 2) == "unwrapped: tokens in order of 2 × logarithm mod 6"
    assert TokenAxis(MODULO_7, "logarithm").note(6, 90, 2) == "logarithm order"
    assert TokenAxis(MODULO_7).note(6, 90, 2) == "natural order: the waves are over the logarithms of the tokens"
    assert TokenAxis(NATURAL[:7], "unwrapped", 2).note(7, 90, 2) == "unwrapped: tokens in order of 2 × token mod 7"


def test_an_order_that_the_run_lacks_is_natural(explorer) -> None:
    natural = initial_selection(explorer)
    assert TokenAxis.of(explorer, natural, 2).order == "natural"
    assert TokenAxis.of(explorer, replace(natural, order="unwrapped"), 2).frequency == 2
    assert TokenAxis.of(explorer, replace(natural, order="unwrapped"), None).order == "natural"
    assert TokenAxis.of(explorer, replace(natural, order="logarithm"), 2).order == "natural"
