"""The settings that a checkpoint records."""

from __future__ import annotations

import torch

from engine.runs.recorded_config import config_in
from engine.runs.torch_format.opaque_objects import InertObject


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


def test_single_values_beside_the_state_dict_are_settings():
    assert config_in({"model": {}, "p": 59, "op": "mul", "epoch": 3, "val_acc": 0.9}) == {"p": 59, "op": "mul"}


def test_configs_under_several_keys_are_merged_and_the_first_wins():
    assert config_in({"config": {"p": 7}, "hyper_parameters": {"p": 9, "op": "+"}, "p": 11}) == {"p": 7, "op": "+"}


def test_a_config_stored_as_json_text():
    assert config_in({"config": '{"p": 7, "model": {"act": "gelu"}}'}) == {"p": 7, "model": {"act": "gelu"}}
    assert config_in({"metadata": {"config": '{"p": 7}', "op": "sub"}}) == {"config": {"p": 7}, "op": "sub"}
    assert config_in({"config": "{not json"}) == {}


def test_settings_under_an_unusual_key():
    assert config_in({"model": {}, "run_info": {"op": "sub"}, "optimizer": {"p": 1}}) == {"run_info": {"op": "sub"}}
    assert config_in({"model": {}, "history": {"p": 1}, "other": {"x": 1}}) == {}


def test_a_module_is_named_as_its_config_would_name_it():
    module = InertObject("torch.nn.modules.activation.GELU")
    vars(module).update(_parameters={}, approximate="tanh")
    assert config_in({"config": {"act": module}}) == {"act": "GELU(approximate='tanh')"}
