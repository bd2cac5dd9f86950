"""Columns of losses get their epochs from a column beside them, else from their number."""

from __future__ import annotations

import numpy as np
import pytest

from engine.runs.losses.dated_columns import EpochEvidence, read_columns
from engine.runs.losses.list_epochs import ListLength


def read(columns, *checkpoints, **evidence):
    return read_columns(columns, "log.csv", EpochEvidence(checkpoints, **evidence))


def points(source, series="train"):
    return dict(zip(source.series[series].epochs.tolist(), source.series[series].values.tolist(), strict=True))


def test_columns_beside_a_column_of_epochs():
    source = read({"step": ["0", "100"], "train_loss": ["2.5", "1.5"], "test_acc": ["0.1", ""]}, 0, 100)
    assert points(source) == {0: 2.5, 100: 1.5}
    assert points(source, "test_accuracy") == {0: 0.1}
    assert (source.series["train"].column, source.series["train"].dated) == ("train_loss", "by step")
    assert source.warnings == ()


def test_sparse_columns_and_repeated_epochs():
    """As Lightning writes them: train and validation in rows of their own."""
    source = read(
        {"epoch": [0, 0, 1, 1, 1], "train_loss": [2, None, 1, None, 0.5], "val_loss": [None, 3, None, 4, None]}
    )
    assert points(source) == {0: 2.0, 1: 0.5}
    assert points(source, "test") == {0: 3.0, 1: 4.0}


def test_of_two_columns_of_epochs_the_one_of_the_checkpoints_is_used():
    columns = {"epoch": [0, 1, 2], "global_step": [0, 50, 100], "loss": [3.0, 2.0, 1.0]}
    assert points(read(columns, 0, 100)) == {0: 3.0, 50: 2.0, 100: 1.0}
    assert points(read(columns, 0, 1, 2)) == {0: 3.0, 1: 2.0, 2: 1.0}
    assert points(read(columns)) == {0: 3.0, 1: 2.0, 2: 1.0}


def test_lists_of_epoch_and_value():
    source = read({"train_loss": [(0, 2.5), (100, 1.5)], "test_loss": [[0, 3.0], [100, 2.0]]}, 0, 100)
    assert (points(source), points(source, "test")) == ({0: 2.5, 100: 1.5}, {0: 3.0, 100: 2.0})


def test_twice_as_many_losses_as_epochs_are_not_dated():
    for count in (200, 201):
        source = read({"train_loss": [1.0] * count}, 0, 100)
        assert source.series == {}
        assert "may be 2 for each of the 100 epochs" in source.warnings[0]


def test_epochs_that_are_not_whole_numbers_are_not_used():
    assert points(read({"epoch": [0.5, 1.0], "step": [5, 10], "loss": [2.0, 1.0]})) == {5: 2.0, 10: 1.0}


def test_a_column_that_counts_something_else_than_the_checkpoints_is_skipped():
    source = read({"epoch": [1, 2, 3], "loss": [3.0, 2.0, 1.0]}, 0, 5000, 10_000)
    assert source.series == {}
    assert source.warnings == (
        "log.csv: loss was skipped: epoch ends at 3, the checkpoints at 10,000, and they have no epoch in common.",
    )


def test_a_column_that_is_half_text_is_skipped_by_name():
    source = read({"epoch": [0, 1], "train_loss": ["2.0", "oops"], "test_loss": ["1.0", "2.0"]})
    assert list(source.series) == ["test"]
    assert source.warnings == ("log.csv: train_loss was skipped: row 2 contains 'oops', expected a number.",)


@pytest.mark.parametrize(("values", "expected"), [([0.5, 1.0], 1.0), ([1.5, 97.0], 0.97), ([0.0, 0.0], 0.0)])
def test_accuracies_are_fractions_or_percent(values, expected):
    assert points(read({"epoch": [0, 1], "test_acc": values}), "test_accuracy")[1] == expected


@pytest.mark.parametrize("values", [[-0.1, 1.0], [0.0, 100.5]])
def test_impossible_accuracies_are_skipped(values):
    source = read({"epoch": [0, 1], "test_acc": values})
    assert source.series == {}
    assert "expected accuracies from 0 to 1 or 100" in source.warnings[0]


def test_of_two_columns_of_one_series_a_curve_is_preferred_to_a_summary():
    columns = {"step": [0, 10, 20], "loss": [3.0, 2.0, 1.0], "train_loss": [None, None, 2.2]}
    assert points(read(columns)) == {0: 3.0, 10: 2.0, 20: 1.0}
    assert points(read({**columns, "train_loss": [3.1, 2.1, 1.1]}))[0] == 3.1


def test_lists_of_every_epoch_and_every_tenth():
    source = read({"train_losses": [float(n) for n in range(40)], "test_losses": [n / 2 for n in range(4)]}, 39)
    assert points(source)[31] == 31.0
    assert points(source, "test") == {0: 0.0, 10: 0.5, 20: 1.0, 30: 1.5}
    assert source.series["train"].dated == "of every epoch"
    assert "every 10 epochs, inferred" in source.series["test"].dated


def test_losses_of_every_tenth_epoch_and_the_last():
    source = read({"train_losses": [0.5] * 100, "test_losses": [float(n) for n in range(11)]}, 99)
    assert [points(source, "test").get(epoch) for epoch in (0, 10, 90, 98, 99)] == [0.0, 1.0, 9.0, None, 10.0]


def test_losses_that_do_not_match_the_epochs_are_skipped():
    source = read({"train_losses": [0.5] * 100, "test_losses": [1.0] * 70}, 99)
    assert list(source.series) == ["train"]
    assert source.warnings == ("log.csv: test_losses was skipped: its 70 values do not match the 100 epochs.",)


def test_lists_of_any_stride():
    source = read({"train_losses": list(range(31)), "test_losses": list(range(4))}, 0, 100, 300)
    assert points(source)[290] == 29.0
    assert points(source, "test") == {0: 0.0, 100: 1.0, 200: 2.0, 300: 3.0}


def test_other_checkpoints_and_settings_determine_the_stride():
    assert points(read({"loss": [1.0] * 63}, 625, shorter={"loss": [ListLength(105, 11)]})).keys() == set(
        range(0, 621, 10)
    )
    assert points(read({"loss": [1.0] * 4}, 199, settings={50})).keys() == {0, 50, 100, 150}


def test_lists_whose_epochs_nothing_determines_are_skipped():
    source = read({"train_losses": [2.0, 1.0]}, 0, 1000)
    assert source.series == {}
    assert source.warnings == (
        "log.csv: train_losses was skipped: nothing records the epochs of its 2 values, up to epoch 1,000.",
    )


@pytest.mark.parametrize("keys", [(0, 50, 100), ("0", "50", "100")])
def test_values_under_their_epochs(keys):
    columns = {"train_loss": dict(zip(keys, (3.0, 2.0, 1.0), strict=True))}
    assert points(read(columns, 0, 100)) == {0: 3.0, 50: 2.0, 100: 1.0}


def test_lists_of_several_values_an_epoch_are_skipped():
    assert read({"losses": [1.0] * 5000}, 500).warnings == (
        "log.csv: losses was skipped: its 5,000 values may be 10 for each of the 500 epochs.",
    )
    assert len(points(read({"losses": [1.0] * 5001}, 501))) == 5001
    assert len(points(read({"losses": [1.0] * 5}, 0))) == 5


def test_infinite_losses_are_recorded():
    assert points(read({"epoch": [0, 1], "loss": [np.inf, 1.0]})) == {0: np.inf, 1: 1.0}
