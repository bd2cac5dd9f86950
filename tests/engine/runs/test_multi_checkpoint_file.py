"""Files with all checkpoints of a run: ARENA's and the TransformerLens demo's."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import torch

from engine.errors import UnreadableRun
from engine.runs.open_run import open_run
from engine.runs.torch_format import checkpoint_file


@pytest.fixture
def arena(tmp_path, state_of):
    """`full_run_data.pth` of epochs 0, 100, 200 in ARENA's format."""
    path = tmp_path / "full_run_data.pth"
    torch.save(
        {
            "state_dicts": [state_of(seed) for seed in range(3)],
            "epochs": [0, 100, 200],
            "train_losses": [1.0 / (1 + epoch) for epoch in range(201)],
            "test_losses": [2.0 / (1 + epoch) for epoch in range(0, 201, 10)],
        },
        path,
    )
    return path


def test_the_file_of_arena(arena, tiny_config, state_of):
    run = open_run(arena)
    assert (run.container, run.config, run.epochs) == ("full_run_data", tiny_config, (0, 100, 200))
    assert run.losses is not None
    assert run.losses.at(100) == (1 / 101, 2 / 101)
    assert run.losses.at(101) == (1 / 102, None)
    for seed, epoch in enumerate(run.epochs):
        assert torch.equal(run.weights(epoch).W_E, state_of(seed)["embed.W_E"])


def test_a_mapped_file_that_has_changed_is_not_read(arena, monkeypatch):
    monkeypatch.setattr(checkpoint_file, "MAP_THRESHOLD_BYTES", 0)
    run = open_run(arena)
    loaded = run.weights(0)
    with arena.open("r+b") as file:
        file.truncate(100)
    with pytest.raises(UnreadableRun, match="has changed since it was opened; reopen it"):
        run.weights(100)
    assert torch.isfinite(loaded.W_E).all()


def test_the_file_of_the_demo_with_its_pickled_config(tmp_path, tiny_config, state_of, monkeypatch):
    name = "transformer_lens.HookedTransformerConfig"
    config_class = type("HookedTransformerConfig", (), {"__module__": name})
    for module in ("transformer_lens", name):
        monkeypatch.setitem(sys.modules, module, types.ModuleType(module))
    sys.modules[name].HookedTransformerConfig = config_class
    config = config_class()
    vars(config).update(n_layers=1, act_fn="gelu", normalization_type=None, dtype=torch.float32)
    path = tmp_path / "grokking_demo.pth"
    torch.save(
        {
            "model": state_of(1),
            "config": config,
            "checkpoints": [state_of(0), state_of(1)],
            "checkpoint_epochs": [99, 199],
            "train_losses": [1.0] * 200,
            "test_losses": [2.0] * 200,
            "train_indices": torch.tensor([0, 9, 48]),
            "test_indices": torch.tensor([n for n in range(49) if n not in (0, 9, 48)]),
        },
        path,
    )
    monkeypatch.undo()
    run = open_run(path)
    assert (run.container, run.epochs, run.config.act_fn) == ("TransformerLens demo", (99, 199), "gelu")
    assert run.training["dtype"] == "torch.float32"
    assert run.losses is not None
    assert run.losses.at(199) == (1.0, 2.0)
    assert run.split is not None
    assert run.split.source == "file"
    assert np.argwhere(run.split.train).tolist() == [[0, 0], [1, 2], [6, 6]]
    assert torch.equal(run.weights(99).W_E, state_of(0)["embed.W_E"])


def test_damage_at_the_end_is_skipped_with_a_warning(tmp_path, state_of):
    diverged = state_of(2)
    diverged["embed.W_E"] = diverged["embed.W_E"] * float("nan")
    path = tmp_path / "full_run_data.pth"
    torch.save({"state_dicts": [state_of(0), diverged, 3], "epochs": [0, 100, 200]}, path)
    run = open_run(path)
    assert run.epochs == (0,)
    assert "epoch 100: W_E contains NaN" in run.warnings[1]
    assert "checkpoint 2 is of type int" in run.warnings[0]


def test_epochs_that_do_not_match_get_a_warning(tmp_path, state_of):
    states = [state_of(0), state_of(1)]
    torch.save({"state_dicts": states, "epochs": [5]}, tmp_path / "few.pth")
    torch.save({"state_dicts": states}, tmp_path / "none.pth")
    torch.save({"state_dicts": states, "epochs": [5, 5]}, tmp_path / "twice.pth")
    assert open_run(tmp_path / "few.pth").epochs == (5,)
    assert "2 checkpoints but 1 epochs" in open_run(tmp_path / "few.pth").warnings[0]
    assert open_run(tmp_path / "none.pth").epochs == (0, 1)
    assert "records no epochs for its 2 checkpoints" in open_run(tmp_path / "none.pth").warnings[0]
    twice = open_run(tmp_path / "twice.pth")
    assert torch.equal(twice.weights(5).W_E, states[1]["embed.W_E"])
    assert "Epoch 5 appears more than once" in twice.warnings[0]


@pytest.mark.parametrize(
    ("wrap", "container"),
    [
        (lambda states: {100 * index: state for index, state in enumerate(states)}, "checkpoints by epoch"),
        (lambda states: {f"epoch_{100 * index}": state for index, state in enumerate(states)}, "checkpoints by epoch"),
        (
            lambda states: {"checkpoints": {str(100 * index): {"model": state} for index, state in enumerate(states)}},
            "checkpoints by epoch",
        ),
        (
            lambda states: [{"epoch": 100.0 * index, "model": state} for index, state in enumerate(states)],
            "list of checkpoints",
        ),
        (lambda states: {"models": states, "steps": np.array([0, 100, 200])}, "list of checkpoints"),
    ],
)
def test_other_files_of_many_checkpoints(tmp_path, state_of, wrap, container):
    torch.save(wrap([state_of(seed) for seed in range(3)]), tmp_path / "run.pt")
    run = open_run(tmp_path / "run.pt")
    assert (run.container, run.epochs, run.warnings) == (container, (0, 100, 200), ())
    for seed, epoch in enumerate(run.epochs):
        assert torch.equal(run.weights(epoch).W_E, state_of(seed)["embed.W_E"])


def test_settings_and_split_of_records(tmp_path, state_of):
    record = {"config": {"act_fn": "gelu"}, "train_indices": [0, 9, 48]}
    torch.save([{"epoch": epoch, "model": state_of(epoch), **record} for epoch in (1, 2)], tmp_path / "run.pt")
    run = open_run(tmp_path / "run.pt")
    assert run.config.act_fn == "gelu"
    assert np.argwhere(run.split.train).tolist() == [[0, 0], [1, 2], [6, 6]]


def test_the_losses_of_records_are_a_curve(tmp_path, state_of):
    records = [{"epoch": 10 * n, "model": state_of(n), "train_loss": 1.0 / (n + 1), "test_loss": 2.0} for n in range(3)]
    torch.save({"checkpoints": records}, tmp_path / "run.pt")
    run = open_run(tmp_path / "run.pt")
    assert run.losses.epochs.tolist() == [0, 10, 20]
    assert run.losses.at(10) == (0.5, 2.0)
