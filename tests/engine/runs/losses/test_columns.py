"""Columns of numbers in nested dicts and lists; what is not a number is refused by its row."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from engine.runs.losses import columns
from engine.runs.losses.columns import InvalidColumns, as_list, as_numbers, columns_in, columns_of_rows


def test_only_recognised_columns_are_read():
    model = {"embed.W_E": torch.zeros(2), "train_loss": torch.zeros(9)}
    assert columns_in({"model": model, "train_loss": 0.5, "lr": 1e-3, 7: 1.0}) == {"train_loss": 0.5}


def test_histories_in_any_nesting():
    lists = {"train": {"loss": [2.0, 1.0]}, "test": {"loss": [3.0, 4.0]}}
    assert columns_in({"history": lists}) == {"history/train/loss": [2.0, 1.0], "history/test/loss": [3.0, 4.0]}
    rows = [{"epoch": 0, "train": {"loss": 2.0}}, {"epoch": 1, "test": {"loss": 3.0}}]
    assert columns_of_rows(rows) == {"epoch": [0, 1], "train/loss": [2.0, None], "test/loss": [None, 3.0]}


def test_a_dict_of_epochs_is_a_column():
    history = {"train_loss": {"0": 2.0, "100": 1.0}, "test_loss": {0: 2.0}, "val_loss": {"a": 1.0}, "lr": {"0": 0.1}}
    assert columns_in(history) == {"train_loss": {"0": 2.0, "100": 1.0}, "test_loss": {0: 2.0}}


def test_a_row_that_is_no_dict_records_nothing():
    assert columns_of_rows([1, {"loss": 2.0}, None]) == {"loss": [None, 2.0, None]}


def test_a_history_that_contains_itself_ends():
    history: dict[str, object] = {"loss": 1.0}
    history["history"] = history
    assert len(columns_in(history)) == 5


def test_a_history_that_repeats_one_row_too_often_is_refused(monkeypatch):
    monkeypatch.setattr(columns, "_MAX_VALUES", 1000)
    with pytest.raises(InvalidColumns, match="it records more than 1,000 values"):
        columns_in({"history": [{"loss": 1.0, "lr": 0.1}] * 501})


@pytest.mark.parametrize("value", [[1.0], (1.0,), torch.ones(1), np.ones(1)])
def test_lists_of_any_kind(value):
    assert as_list(value) == pytest.approx([1.0])


@pytest.mark.parametrize("value", [1.0, "1", None, {}, torch.ones(()), torch.ones(1, 1)])
def test_other_values_are_no_lists(value):
    assert as_list(value) is None


def test_numbers_and_marks_of_absent_values():
    values = ["1.5", "", "nan", "None", None, 2, torch.tensor(3.0), "inf", " - "]
    numbers = as_numbers(values)
    assert np.flatnonzero(np.isnan(numbers)).tolist() == [1, 2, 3, 4, 8]
    assert numbers[~np.isnan(numbers)].tolist() == [1.5, 2.0, 3.0, np.inf]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "2", "abc"], "row 3 contains 'abc', expected a number"),
        ([1.0, [2.0]], "row 2 contains a list, expected a number"),
        ([[1.0], [2.0]], "row 1 contains a list, expected a number"),
        ([1.0, "x" * 500], f"row 2 contains '{'x' * 40}', expected a number"),
        ([1.0, 10**400], "row 2 contains a int, expected a number"),
        ([object()], "row 1 contains a object, expected a number"),
    ],
)
def test_anything_else_is_refused(values, message):
    with pytest.raises(InvalidColumns, match=f"^{re.escape(message)}$"):
        as_numbers(values)
