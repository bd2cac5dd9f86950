"""Thumbnails: which neurons, in which order, at which size, and what a cell reads."""

from __future__ import annotations

import numpy as np
import pytest

from engine.explorer.answers import Activations
from engine.networks.config import Task
from engine.networks.token_order import token_order
from grok_tui.render.palette import ASCII, DARK, MONO
from grok_tui.render.target import Target
from grok_tui.views.shared.thumbnails import Thumbnails, draw_thumbnails, thumbnails_of

P, K = 13, 5


def wave(phase: int) -> np.ndarray:
    """1 + cos w_k (x - phase) + cos w_k (y - phase)"""
    angle = 2 * np.pi * K * (np.arange(P) - phase) / P
    return 1 + np.cos(angle)[:, None] + np.cos(angle)[None, :]


@pytest.fixture
def shown() -> Thumbnails:
    activations = Activations((7, 4, 9), np.stack([wave(0), 2 * wave(3), np.full((P, P), 0.5)]))
    return thumbnails_of(activations, K, (K, K, None), token_order(Task(P, "add")))


def test_tokens_are_in_the_order_of_k_times_token(shown) -> None:
    tuned, _, constant = shown.maps
    assert tuned.tokens == tuple(sorted(range(P), key=lambda token: K * token % P))
    assert constant.tokens == tuple(range(P))
    for each, grid in ((tuned, wave(0)), (constant, np.full((P, P), 0.5))):
        for row, y in enumerate(each.tokens):
            assert each.values[row].tolist() == [grid[x, y] for x in each.tokens]


@pytest.mark.parametrize(("width", "height", "count"), [(30, 5, 3), (18, 5, 2), (8, 5, 1), (7, 5, 0), (30, 4, 0)])
def test_as_many_as_fit_are_drawn_below_their_numbers(shown, width, height, count) -> None:
    for palette in (DARK, MONO, ASCII):
        drawing = draw_thumbnails(shown, width, height, palette)
        if not count:
            assert drawing is None
            continue
        assert (drawing.width, drawing.height) == (width, height)
        assert len(drawing.areas) == count
        caption = drawing.plain().splitlines()[0]
        assert caption.endswith(", ".join(["7", "4", "9"][:count]))


def test_fewer_neurons_are_drawn_larger(shown) -> None:
    drawing = draw_thumbnails(shown, 60, 20, DARK)
    assert [(area.width, area.height) for area in drawing.areas] == [(18, 9)] * 3
    assert drawing.height == 10


def test_a_cell_reads_the_largest_value_that_it_shows(shown) -> None:
    first, second, _ = draw_thumbnails(shown, 30, 5, MONO).areas  # 8 x 4 cells of 13 x 13 values
    reading = first.read(0, 0)
    assert reading.target == Target(neuron=7)
    assert reading.text.startswith("neuron 7, x 0, y 0: 3")
    everything = [second.read(column, row) for row in range(4) for column in range(8)]
    largest = max(everything, key=lambda reading: float(reading.text.partition(": ")[2].partition(" ")[0]))
    assert largest.text.startswith("neuron 4, x 3, y 3: 6")
    assert largest.target == Target(neuron=4)
