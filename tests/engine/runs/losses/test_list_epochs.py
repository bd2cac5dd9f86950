"""The epochs of a list follow from its lengths in checkpoints, or are not determined."""

from __future__ import annotations

import pytest

from engine.runs.losses.list_epochs import ListLength, every_nth_epoch, infer_stride


def lengths(stride: int, epochs: list[int]) -> list[ListLength]:
    """Those of a trainer that appends a loss at the epochs 0, stride, 2 stride, ..., up to the checkpoint's."""
    return [ListLength(epoch, len(range(0, epoch + 1, stride))) for epoch in epochs]


@pytest.mark.parametrize("stride", [1, 5, 10, 25, 100])
@pytest.mark.parametrize("epochs", [[0, 100, 200, 300], [300], [0, 600], [1000, 2500, 40_000]])
def test_the_stride_of_a_trainer_is_found(stride, epochs):
    expected = None if epochs == [300] and stride > 150 else stride
    assert infer_stride(lengths(stride, epochs)) == expected


def test_checkpoints_between_two_losses_determine_it_together():
    assert infer_stride(lengths(10, [625])) is None
    assert infer_stride(lengths(10, [105, 625])) == 10


def test_the_last_checkpoint_may_count_the_epochs():
    in_loop = lengths(25, [100, 3000, 5900])
    assert infer_stride([*in_loop, ListLength(6000, 240)]) == 25
    assert infer_stride([*in_loop, ListLength(6000, 239)]) is None


def test_lists_that_disagree_have_no_stride():
    assert infer_stride([ListLength(300, 31), ListLength(600, 31)]) is None
    assert infer_stride([ListLength(0, 0), ListLength(100, 10), ListLength(200, 20)]) is None


def test_two_losses_fit_too_many_strides():
    assert infer_stride([ListLength(1000, 2)]) is None
    assert infer_stride([ListLength(1000, 2)], settings={600}) == 600


def test_a_recorded_interval_settles_what_the_lengths_leave_open():
    assert infer_stride([ListLength(199, 4)]) is None
    assert infer_stride([ListLength(199, 4)], settings={1000, 50, 7}) == 50
    assert infer_stride([ListLength(199, 4)], settings={1000}) is None


@pytest.mark.parametrize("n_epochs", [601, 1000, 5001])
@pytest.mark.parametrize("step", [1, 10, 100, 200])
def test_every_nth_epoch_is_found_by_the_number_of_losses(n_epochs, step):
    epochs = list(range(0, n_epochs, step))
    assert every_nth_epoch(len(epochs), n_epochs) == epochs


def test_of_several_intervals_none_is_guessed():
    assert every_nth_epoch(7, 605) is None
    assert every_nth_epoch(7, 605, settings={100}) == list(range(0, 605, 100))
