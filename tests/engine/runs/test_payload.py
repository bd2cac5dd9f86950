"""What trainers save in a checkpoint: epoch, config, split and the state dict itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.runs.payload import config_in, epochs_in, split_in
from engine.runs.torch_format.allowed_globals import InertObject


@pytest.mark.parametrize(
    ("payload", "epochs"),
    [
        ({"epoch": 70, "step": 9}, (70, 9)),
        ({"step": torch.tensor(9)}, (9,)),
        ({"metadata": {"epoch": "1200"}}, (1200,)),
        ({"epoch": 500.0, "global_step": "1e3"}, (500, 1000)),
        ({"epoch": torch.tensor(500.0), "iteration": 7}, (500, 7)),
        ({"epoch": 0.5, "step": True}, ()),
        ({"epoch": float("nan"), "step": float("inf")}, ()),
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
