"""What trainers save in a checkpoint: epoch, config, split and the state dict itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs.payload import config_in, epochs_in, split_in, state_in
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
