"""The split that a checkpoint records."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.runs.recorded_split import has_split, split_in

TRAIN = torch.zeros(7, 7).bool()
TRAIN[[0, 1, 6], [0, 2, 6]] = True


@pytest.mark.parametrize(
    "payload",
    [
        {"train_indices": torch.tensor([0, 9, 48])},
        {"train_indices": [0, 9, 48]},
        {"train_data": [(0, 0, 7), (1, 2, 7), (6, 6, 7)]},
        {"train_data": torch.tensor([[0, 0], [1, 2], [6, 6]])},
        {"train_data": (torch.tensor([[0, 0, 7], [1, 2, 7], [6, 6, 7]]), torch.tensor([0, 3, 5]))},
        {"train_pairs": np.array([[0, 7, 0, 8], [1, 7, 2, 8], [6, 7, 6, 8]])},
        {"idx_train": [0, 9, 48]},
        {"split": {"train": [0, 9, 48]}},
        {"train_mask": TRAIN},
        {"train_mask": TRAIN.flatten()},
        {"test_indices": (~TRAIN.flatten()).nonzero().flatten()},
    ],
)
def test_a_stored_split(payload):
    split = split_in(payload, 7)
    assert split is not None
    assert split.source == "file"
    assert np.argwhere(split.train).tolist() == [[0, 0], [1, 2], [6, 6]]


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"train_indices": []},
        {"train_indices": list(range(49))},
        {"train_indices": [49]},
        {"train_indices": [-1]},
        {"train_indices": [1.5]},
        {"train_data": [(0, 7, 7)]},
        {"train_data": [(0,)]},
        {"train_data": "xy"},
    ],
)
def test_an_invalid_split_is_ignored(payload):
    assert split_in(payload, 7) is None


def test_a_split_is_noticed_before_p_is_known():
    assert has_split({"data": {"train_idx": [1]}})
    assert not has_split({"train_losses": [1.0]})
