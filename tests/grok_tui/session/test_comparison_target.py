"""What a selection is compared with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine import Explorer, UnknownQuery, WrongUsage, open_run
from grok_tui.session.comparison_target import compared_selection, counterpart_of
from grok_tui.session.selection import Selection

START = Selection(40, 40, neuron=3)


@pytest.fixture
def second(subtracting_run) -> Explorer:
    return Explorer(open_run(subtracting_run), keys=[1, 2, 3])


def test_without_a_pin_or_a_second_run_nothing_is_compared(explorer) -> None:
    assert counterpart_of(explorer, START, None) is None


def test_a_pinned_epoch_is_the_same_selection_at_that_epoch(explorer) -> None:
    target = counterpart_of(explorer, replace(START, pinned_epoch=10), None)
    assert target is not None
    assert target.explorer is explorer
    assert target.selection == replace(START, pinned_epoch=10, epoch=10)


@pytest.mark.parametrize(
    ("selection", "epochs"),
    [
        (replace(START, epoch=20), (20, 40)),
        (replace(START, pinned_epoch=30), (30, 40)),
        (replace(START, reference_epoch=10), (40, 10)),
    ],
)
def test_a_second_run_shows_its_nearest_checkpoints(explorer, second, selection, epochs) -> None:
    target = counterpart_of(explorer, selection, second)
    assert target is not None
    assert target.explorer is second
    assert (target.selection.epoch, target.selection.reference_epoch) == epochs
    assert target.selection.neuron == selection.neuron


def test_options_pin_the_epoch_to_compare_with(explorer) -> None:
    selection = compared_selection(START, explorer, None, against=10, difference=True)
    assert (selection.pinned_epoch, selection.difference) == (10, True)


def test_an_unknown_epoch_is_an_error(explorer) -> None:
    with pytest.raises(UnknownQuery, match="no checkpoint at epoch 15"):
        compared_selection(START, explorer, None, against=15, difference=False)


def test_a_difference_needs_something_to_compare_with(explorer) -> None:
    with pytest.raises(WrongUsage, match="pass --against EPOCH or --against-run RUN"):
        compared_selection(START, explorer, None, against=None, difference=True)
