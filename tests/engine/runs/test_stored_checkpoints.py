"""A list or table of state dicts is a series of checkpoints; numbered layers of one network are not."""

from __future__ import annotations

import pytest
import torch

from engine.runs.stored_checkpoints import find_checkpoints


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"checkpoints": []},
        {"checkpoints": ["a.pt", "b.pt"]},
        {"params": [torch.ones(2, 2)]},
        {"0": torch.ones(2, 2)},
        {"0": {"exp_avg": torch.ones(3)}, "1": {"step": 3}},
        {"0": {"weight": torch.ones(2, 2)}, "1": {"weight": torch.ones(2, 2), "bias": torch.ones(2)}},
        {"model": {"W": torch.ones(2, 2)}, "epoch": 3},
    ],
)
def test_a_single_checkpoint_or_none(payload):
    assert find_checkpoints(payload) is None


def test_epochs_in_any_order_and_with_settings_beside_them():
    states = {epoch: {"W": torch.ones(2, 2)} for epoch in (10, 5)}
    found = find_checkpoints({**states, "config": {"p": 7}})
    assert found.epochs == [5, 10]
    assert found.states == [states[5], states[10]]


def test_pairs_of_epoch_and_state_dict():
    states = [{"W": torch.ones(2, 2)} for _ in range(2)]
    found = find_checkpoints({"checkpoints": [(0, states[0]), (500, states[1])]})
    assert (found.epochs, found.states) == ([0, 500], states)


def test_a_table_under_any_name():
    states = {epoch: {"W": torch.ones(2, 2)} for epoch in (0, 500)}
    assert find_checkpoints({"model_history": states, "config": {"p": 7}}).epochs == [0, 500]


def test_epochs_that_are_not_numbers_are_not_used():
    states = [{"W": torch.ones(2, 2)}]
    assert find_checkpoints({"checkpoints": states, "epochs": ["last"]}).epochs is None
    assert find_checkpoints({"checkpoints": states, "epochs": 3}).epochs is None
