"""The losses of a run: lists in its last checkpoint, else the values of each checkpoint."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.runs.lazy_files import fetch_on_open
from engine.runs.losses import checkpoint_values
from engine.runs.open_run import open_run
from engine.runs.refresh import refresh

CASES = Path(__file__).parents[5] / "shared" / "cases"


def save_values(folder: Path, state, epochs: range) -> None:
    for epoch in epochs:
        values = {"train_loss": 1 / (epoch + 1), "test_loss": torch.tensor(float(epoch)), "test_acc": epoch / 10}
        torch.save({"model": state, "epoch": epoch, **values}, folder / f"step_{epoch}.pt")


def test_values_in_each_checkpoint_are_a_curve(tmp_path, state):
    save_values(tmp_path, state, range(0, 10, 2))
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 2, 4, 6, 8]
    assert losses.at(4) == (0.2, 4.0)
    assert losses.accuracy_at(4) == (None, 0.4)
    assert losses.source == "train_loss, test_loss, test_acc by epoch in 5 checkpoints"


def test_a_growing_folder_adds_points_and_reads_only_new_files(tmp_path, state, monkeypatch):
    save_values(tmp_path, state, range(3))
    run = open_run(tmp_path)
    read: list[str] = []
    read_file = checkpoint_values.read_file
    monkeypatch.setattr(
        checkpoint_values, "read_file", lambda path, map_from: (read.append(path.name), read_file(path))[1]
    )
    save_values(tmp_path, state, range(3, 5))
    grown = refresh(run).losses
    assert grown is not None
    assert grown.epochs.tolist() == [0, 1, 2, 3, 4]
    assert read == ["step_3.pt", "step_4.pt"]


def test_of_many_checkpoints_every_nth_is_read(tmp_path, state, monkeypatch):
    monkeypatch.setattr(checkpoint_values, "MAX_READ", 4)
    save_values(tmp_path, state, range(10))
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 4, 8, 9]
    assert losses.source.endswith("in 4 of 10 checkpoints")


def test_a_damaged_checkpoint_has_no_point(tmp_path, state):
    save_values(tmp_path, state, range(4))
    (tmp_path / "step_1.pt").write_bytes(b"PK\x03\x04")
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 2, 3]


def test_checkpoints_that_are_not_fetched_yet_are_not_read(tmp_path, state):
    save_values(tmp_path, state, range(4))
    (tmp_path / "step_1.pt").write_bytes(b"")
    fetched: list[str] = []
    fetch_on_open(tmp_path / "step_1.pt", lambda: fetched.append("step_1.pt"))
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert (losses.epochs.tolist(), fetched) == ([0, 2, 3], [])
    assert losses.source.endswith("in 3 of 4 checkpoints")


def test_values_of_a_single_checkpoint(tmp_path, state):
    save_values(tmp_path, state, range(7, 8))
    losses = open_run(tmp_path / "step_7.pt").losses
    assert losses is not None
    assert (losses.epochs.tolist(), losses.at(7)) == ([7], (1 / 8, 7.0))


def test_a_value_may_be_a_list_or_array_of_one(tmp_path, state):
    for epoch in (100, 200):
        torch.save({"model": state, "train_loss": [1 / epoch], "test_loss": np.array([0.5])}, tmp_path / f"{epoch}.pt")
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert (losses.at(100), losses.at(200)) == ((0.01, 0.5), (0.005, 0.5))


def test_the_last_checkpoint_may_lack_the_values(tmp_path, state):
    save_values(tmp_path, state, range(3))
    torch.save({"model": state, "epoch": 3}, tmp_path / "step_3.pt")
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 1, 2]


@pytest.mark.parametrize("as_list", [True, False])
def test_values_of_each_checkpoint_in_one_file(tmp_path, state, as_list):
    records = {epoch: {"model": state, "epoch": epoch, "train_loss": 1 / epoch} for epoch in (100, 200)}
    torch.save([*records.values()] if as_list else records, tmp_path / "all.pt")
    losses = open_run(tmp_path / "all.pt").losses
    assert losses is not None
    assert (losses.epochs.tolist(), losses.train.tolist()) == ([100, 200], [0.01, 0.005])


def test_the_history_in_the_folder_of_the_last_checkpoint(tmp_path, state):
    for step in (100, 200):
        folder = tmp_path / f"checkpoint-{step}"
        folder.mkdir()
        save_file(state, folder / "model.safetensors")
        log = [{"step": step, "loss": 1 / step} for step in range(100, step + 1, 100)]
        (folder / "trainer_state.json").write_text(json.dumps({"log_history": log, "global_step": step}))
    losses = open_run(tmp_path).losses
    assert losses is not None
    assert (losses.epochs.tolist(), losses.train.tolist()) == ([100, 200], [0.01, 0.005])


def test_lists_of_every_tenth_epoch(tmp_path, state):
    for epoch in (5, 105, 625):
        losses = [1 / (n + 1) for n in range(0, epoch + 1, 10)]
        torch.save({"model": state, "train_losses": losses}, tmp_path / f"ckpt_{epoch}.pt")
    found = open_run(tmp_path).losses
    assert found is not None
    assert found.epochs.tolist() == list(range(0, 621, 10))
    assert found.at(620) == (1 / 621, None)


def test_lists_that_nothing_dates_are_skipped(tmp_path, state):
    torch.save({"model": state, "train_losses": [2.0, 1.0]}, tmp_path / "ckpt_1000.pt")
    run = open_run(tmp_path / "ckpt_1000.pt")
    assert run.losses is None
    assert run.warnings == (
        "ckpt_1000.pt: train_losses was skipped: nothing records the epochs of its 2 values, up to epoch 1,000.",
    )


@pytest.mark.parametrize(("case", "points"), [("A13", 7), ("A18", 61)])
def test_real_folders(case, points):
    path = CASES / case / "run"
    if not path.is_dir():
        pytest.skip(f"{path} is absent")
    run = open_run(path)
    assert run.losses is not None
    assert run.losses.epochs.tolist() == np.linspace(0, 600, points).tolist()
    assert run.losses.at(600) == pytest.approx((0.0002031, 2.3695762), rel=1e-3)
