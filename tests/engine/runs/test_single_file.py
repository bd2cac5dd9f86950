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
def test_the_epoch_is_saved_named_or_the_last_with_a_loss(tmp_path, state, payload, name, epoch):
    torch.save({"model": state, **payload}, tmp_path / name)
    assert open_run(tmp_path / name).epochs == (epoch,)


def test_losses_lie_beside_the_weights(tmp_path, state):
    losses = {
        "train_losses": [float(n) for n in range(40)],
        "test_losses": [torch.tensor(n / 2) for n in range(4)],
    }
    torch.save({"model": state, **losses}, tmp_path / "run.pth")
    recorded = open_run(tmp_path / "run.pth").losses
    assert recorded is not None
    assert recorded.at(30) == (30.0, 1.5)
    assert recorded.at(31) == (31.0, None)


def test_losses_of_every_tenth_epoch_and_the_last_are_placed(tmp_path, state):
    losses = {"train_losses": [0.5] * 100, "test_losses": [float(n) for n in range(11)]}
    torch.save({"model": state, **losses}, tmp_path / "run.pth")
    recorded = open_run(tmp_path / "run.pth").losses
    assert recorded is not None
    assert [recorded.at(epoch)[1] for epoch in (0, 10, 90, 98, 99)] == [0.0, 1.0, 9.0, None, 10.0]


def test_losses_that_do_not_tell_their_epochs_are_left_out_and_told(tmp_path, state):
    torch.save({"model": state, "train_losses": [0.5] * 100, "test_losses": [1.0] * 70}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth")
    assert run.losses is not None
    assert run.losses.at(0) == (0.5, None)
    assert "70 test losses were skipped: they do not match the 100 epochs." in run.warnings


def test_numpy_losses_are_read_without_numpys_pickles(tmp_path, state):
    torch.save({"model": state, "train_losses": [np.float64(0.5), np.float32(0.25)]}, tmp_path / "run.pth")
    recorded = open_run(tmp_path / "run.pth").losses
    assert recorded is not None
    assert recorded.train.tolist() == [0.5, 0.25]
    assert recorded.at(0) == (0.5, None)


def test_a_recorded_config_is_used_and_kept(tmp_path, state):
    torch.save({"model": state, "config": {"act_fn": "gelu", "lr": 1e-3}}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth")
    assert run.config.act_fn == "gelu"
    assert run.training == {"act_fn": "gelu", "lr": 1e-3}


def test_what_is_told_goes_first(tmp_path, state):
    torch.save({"model": state, "config": {"act_fn": "gelu"}}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth", p=6, prompt="x y 7", act_fn="gelu_new")
    assert (run.config.p, run.config.prompt.slots, run.config.act_fn) == (6, ("x", "y", 7), "gelu_new")
    with pytest.raises(InvalidConfig, match="W_pos has 3 rows"):
        open_run(tmp_path / "run.pth", prompt="x y")


def test_the_real_2022_file(real):
    run = open_run(real("neel_2022_layout_p113.pth"))
    assert run.epochs == (49_999,)
    assert run.losses is not None
    assert run.losses.at(49_990)[1] == pytest.approx(0.004254124127328396)
    assert run.losses.at(49_991)[1] is None


def test_losses_of_unknown_epochs_are_left_out_and_told(tmp_path, state):
    torch.save({"model": state, "epoch": 1000, "train_losses": [2.0, 1.0]}, tmp_path / "run.pth")
    run = open_run(tmp_path / "run.pth")
    assert run.losses is None
    assert "2 losses up to epoch 1,000 were skipped" in run.warnings[0]


def test_a_pickle_that_holds_itself_ends(tmp_path, state):
    config: dict[str, object] = {"act_fn": "gelu"}
    config["self"] = config
    torch.save({"model": state, "config": config}, tmp_path / "run.pth")
    assert open_run(tmp_path / "run.pth").config.act_fn == "gelu"
