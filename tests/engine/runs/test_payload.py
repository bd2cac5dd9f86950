"""What trainers save in a checkpoint: epoch, losses, config, split and the state dict itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs.payload import align_losses, config_in, epochs_in, losses_in, split_in, state_in
from engine.runs.torch_format.allowed_globals import InertObject

PATH = Path("run.pth")


@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"model": s}, lambda s: {"state_dict": {"model": s}}])
def test_the_state_dict_may_be_nested(state, wrap):
    assert state_in(wrap(state), PATH) == state


def test_a_payload_without_tensors_is_rejected():
    with pytest.raises(UnreadableRun, match=r"run\.pth contains optimizer, epoch, but no state dict of tensors"):
        state_in({"optimizer": {}, "epoch": 3}, PATH)
    endless: dict[str, object] = {}
    endless["model"] = endless
    with pytest.raises(UnreadableRun, match="no state dict"):
        state_in(endless, PATH)


@pytest.mark.parametrize(
    ("payload", "epochs"),
    [
        ({"epoch": 70, "step": 9}, (70, 9)),
        ({"step": torch.tensor(9)}, (9,)),
        ({"metadata": {"epoch": "1200"}}, (1200,)),
        ({"epoch": -1, "step": "many"}, ()),
        ({"epoch": 2**53, "step": "9" * 5000}, ()),
        ({}, ()),
    ],
)
def test_recorded_epochs(payload, epochs):
    assert epochs_in(payload) == epochs


def test_lists_of_losses():
    losses = losses_in(
        {"train_losses": [float(n) for n in range(40)], "test_losses": [torch.tensor(n / 2) for n in range(4)]}
    )
    assert losses is not None
    assert losses.at(30) == (30.0, 1.5)
    assert losses.at(31) == (31.0, None)


def test_losses_of_every_tenth_epoch_and_the_last():
    losses = losses_in({"train_losses": [0.5] * 100, "test_losses": [float(n) for n in range(11)]})
    assert losses is not None
    assert [losses.at(epoch)[1] for epoch in (0, 10, 90, 98, 99)] == [0.0, 1.0, 9.0, None, 10.0]


def test_losses_that_do_not_match_the_epochs_are_skipped():
    losses = losses_in({"train_losses": [0.5] * 100, "test_losses": [1.0] * 70})
    assert losses is not None
    assert losses.at(0) == (0.5, None)
    assert losses.warnings == ("70 test losses were skipped: they do not match the 100 epochs.",)


def test_single_losses_belong_to_the_recorded_epoch():
    losses = losses_in({"epoch": 7, "train_loss": 0.5, "test_loss": torch.tensor(2.0)})
    assert losses is not None
    assert (losses.epochs.tolist(), losses.at(7)) == ([7], (0.5, 2.0))
    assert losses_in({"train_loss": 0.5}) is None


@pytest.mark.parametrize("losses", [[], ["0.5"], {"0": 0.5}, 0.5, None])
def test_losses_of_another_type_are_ignored(losses):
    assert losses_in({"train_losses": losses}) is None


def test_losses_must_reach_the_last_epoch():
    losses = losses_in({"train_losses": [2.0, 1.0]})
    assert align_losses(losses, 2) == (losses, ())
    assert align_losses(losses, 1000) == (
        None,
        ("2 losses up to epoch 1,000 were skipped: the file does not record which epochs they belong to.",),
    )


def test_a_config_is_a_dict_or_an_object():
    config = InertObject()
    vars(config).update(act_fn="gelu", dtype=torch.float32, device=object())
    expected = {"act_fn": "gelu", "dtype": "torch.float32", "device": "a object"}
    assert config_in({"config": config}) == config_in({"args": vars(config)}) == expected
    assert config_in({"metadata": {"act_fn": "gelu", "p": "7"}}) == {"act_fn": "gelu", "p": 7}
    assert config_in({}) == {}


def test_a_config_that_contains_itself_is_cut():
    config: dict[str, object] = {"act_fn": "gelu"}
    config["self"] = config
    read = config_in({"config": config})
    assert read["act_fn"] == "gelu"
    assert str(read).count("self") == 8


def test_a_large_config_is_cut():
    assert config_in({"config": {"list": [0] * 20_000, "text": "x" * 20_000}}) == {"list": "...", "text": "x" * 10_000}


@pytest.mark.parametrize(
    "payload",
    [
        {"train_indices": torch.tensor([0, 9, 48])},
        {"train_indices": [0, 9, 48]},
        {"train_data": [(0, 0, 7), (1, 2, 7), (6, 6, 7)]},
        {"train_data": torch.tensor([[0, 0], [1, 2], [6, 6]])},
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
