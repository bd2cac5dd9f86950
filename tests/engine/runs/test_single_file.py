"""A single checkpoint file is a run of one epoch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.networks.config import InvalidConfig
from engine.runs.open_run import open_run


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("wrap", [lambda s: s, lambda s: {"model": s}, lambda s: {"state_dict": {"model": s}}])
def test_a_torch_file_wrapped_or_not(tmp_path, tiny_config, state, wrap, legacy):
    path = tmp_path / "some_model_p7.pt"
    torch.save(wrap(state), path, _use_new_zipfile_serialization=not legacy)
    run = open_run(path)
    assert (run.config, run.epochs, run.name, run.container) == (tiny_config, (0,), path.name, "checkpoint")
    assert torch.equal(run.weights(0).W_E, state["embed.W_E"])


def test_a_safetensors_file_with_metadata(tmp_path, tiny_config, state):
    save_file(state, tmp_path / "model.safetensors", metadata={"epoch": "1200", "act_fn": "gelu"})
    run = open_run(tmp_path / "model.safetensors")
    assert run.epochs == (1200,)
    assert run.config.act_fn == "gelu"
    assert torch.equal(run.weights(1200).W_E, state["embed.W_E"])


@pytest.mark.parametrize(
    ("payload", "name", "epoch"),
    [
        ({"epoch": 70, "step": 9}, "final.pth", 70),
        ({"step": torch.tensor(9)}, "final.pth", 9),
        ({}, "step_1000.pt", 1000),
        ({"train_losses": [3.0, 2.0, 1.0]}, "full.pth", 2),
        ({}, "final_p7.pth", 0),
    ],
)
def test_the_epoch_is_recorded_else_in_the_name_else_the_last_with_a_loss(tmp_path, state, payload, name, epoch):
    torch.save({"model": state, **payload}, tmp_path / name)
    assert open_run(tmp_path / name).epochs == (epoch,)


def test_numpy_losses_are_read(tmp_path, state):
    torch.save({"model": state, "train_losses": [np.float64(0.5), np.float32(0.25)]}, tmp_path / "run.pth")
    recorded = open_run(tmp_path / "run.pth").losses
    assert recorded is not None
    assert recorded.train.tolist() == [0.5, 0.25]
    assert recorded.at(0) == (0.5, None)


def test_a_recorded_config_is_used_and_shown(tmp_path, state):
    torch.save({"model": state, "config": {"act_fn": "gelu", "lr": 1e-3}}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth")
    assert run.config.act_fn == "gelu"
    assert run.training == {"act_fn": "gelu", "lr": 1e-3}


def test_overrides_win(tmp_path, state):
    torch.save({"model": state, "config": {"act_fn": "gelu"}}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth", p=6, prompt="x y 7", act_fn="gelu_new")
    assert (run.config.p, run.config.prompt.slots, run.config.act_fn) == (6, ("x", "y", 7), "gelu_new")
    with pytest.raises(InvalidConfig, match="W_pos has 3 rows"):
        open_run(tmp_path / "run.pth", prompt="x 7 y 7")


def test_the_real_2022_file(real):
    run = open_run(real("neel_2022_layout_p113.pth"))
    assert run.epochs == (49_999,)
    assert run.losses is not None
    assert run.losses.at(49_990)[1] == pytest.approx(0.004254124127328396)
    assert run.losses.at(49_991)[1] is None


def test_losses_of_unknown_epochs_are_skipped_with_a_warning(tmp_path, state):
    torch.save({"model": state, "epoch": 1000, "train_losses": [2.0, 1.0]}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth")
    assert run.losses is None
    assert "nothing records the epochs of its 2 values, up to epoch 1,000" in run.warnings[0]


def test_a_pickle_that_contains_itself_is_read(tmp_path, state):
    config: dict[str, object] = {"act_fn": "gelu"}
    config["self"] = config
    torch.save({"model": state, "config": config}, tmp_path / "run.pth")
    assert open_run(tmp_path / "run.pth").config.act_fn == "gelu"
