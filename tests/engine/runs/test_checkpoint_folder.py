"""A folder of numbered checkpoint files is a run; opening it reads only the last one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from engine.errors import UnreadableRun
from engine.runs import checkpoint_series
from engine.runs.open_run import open_run


@pytest.mark.parametrize(
    ("names", "epochs"),
    [
        (["step_0.pt", "step_1000.pt", "step_200.pt"], (0, 200, 1000)),
        (["epoch_00100.safetensors", "epoch_00020.safetensors"], (20, 100)),
        (["ckpt-200.pth", "ckpt-3.pth"], (3, 200)),
        (["p7_epoch=3-loss=12.pt", "p7_epoch=40-loss=9.pt"], (3, 40)),
        (["model_epoch_5_p7.pt", "model_epoch_10_p7.pt"], (5, 10)),
        (["12.pth", "7.pth"], (7, 12)),
        (["step_1k.pt", "step_10k.pt", "step_500.pt"], (500, 1000, 10_000)),
        (["step_1e2.pt", "step_1e3.pt", "step_1.5k.pt"], (100, 1000, 1500)),
        (["epoch=3-step=400.ckpt", "epoch=40-step=410.ckpt"], (3, 40)),
        (["epoch=0-step=100.ckpt", "epoch=0-step=200.ckpt"], (100, 200)),
    ],
)
def test_epochs_come_from_the_names_in_numeric_order(tmp_path, tiny_config, state_of, names, epochs):
    for name in names:
        if name.endswith("safetensors"):
            save_file(state_of(0), tmp_path / name)
        else:
            torch.save(state_of(0), tmp_path / name)
    run = open_run(tmp_path)
    assert (run.config, run.epochs, run.container, run.warnings) == (tiny_config, epochs, "folder", ())
    assert torch.equal(run.weights(epochs[0]).W_E, state_of(0)["embed.W_E"])


def test_recorded_epochs_win_if_the_names_count_something_else(tmp_path, state_of):
    for index in range(3):
        torch.save({"model": state_of(index), "epoch": 500 * index}, tmp_path / f"ckpt_{index}.pt")
    run = open_run(tmp_path)
    assert run.epochs == (0, 500, 1000)
    assert torch.equal(run.weights(500).W_E, state_of(1)["embed.W_E"])


def test_names_win_if_they_are_the_recorded_steps(tmp_path, state):
    for step in (100, 200):
        torch.save({"model": state, "epoch": 1, "step": step}, tmp_path / f"step_{step}.pt")
    assert open_run(tmp_path).epochs == (100, 200)


@pytest.fixture
def trainer(tmp_path, state_of) -> Path:
    """A folder of the paper's trainer: init, epochs 0, 100 and 200, final."""
    pairs = [(1, 2, 7), (6, 0, 7)]
    torch.save({"model": state_of(9), "train_data": pairs, "test_data": []}, tmp_path / "init.pth")
    for epoch in (0, 100, 200):
        loss = {"train_loss": torch.tensor(0.5), "test_loss": torch.tensor(2.0), "epoch": epoch}
        torch.save({"model": state_of(epoch), **loss}, tmp_path / f"{epoch}.pth")
    losses = {"train_losses": [0.5] * 300, "test_losses": [2.0] * 300, "epoch": 300}
    torch.save({"model": state_of(300), **losses, "optimizer": {"state": {}}}, tmp_path / "final.pth")
    return tmp_path


def test_the_papers_trainer(trainer, tiny_config, state_of):
    run = open_run(trainer)
    assert (run.container, run.config, run.epochs) == ("paper trainer", tiny_config, (0, 100, 200, 300))
    assert torch.equal(run.weights(0).W_E, state_of(9)["embed.W_E"])
    assert run.losses is not None
    assert run.losses.at(200) == (0.5, 2.0)
    assert run.split is not None
    assert np.argwhere(run.split.train).tolist() == [[1, 2], [6, 0]]
    assert [warning for warning in run.warnings if "Epoch 0 appears more than once" in warning] == list(run.warnings)


def test_an_unfinished_run_of_the_papers_trainer(trainer):
    (trainer / "final.pth").unlink()
    run = open_run(trainer)
    assert run.epochs == (0, 100, 200)
    assert run.losses is not None
    assert run.losses.at(200) == (0.5, 2.0)


def test_opening_reads_one_file_of_many(tmp_path, state, monkeypatch):
    torch.save(state, tmp_path / "step_0.pt")
    for step in range(1, 500):
        shutil.copyfile(tmp_path / "step_0.pt", tmp_path / f"step_{step}.pt")
    opened: list[Path] = []
    read_file = checkpoint_series.read_file
    monkeypatch.setattr(checkpoint_series, "read_file", lambda path: (opened.append(path), read_file(path))[1])
    run = open_run(tmp_path)
    assert len(run.epochs) == 500
    assert opened == [tmp_path / "step_499.pt"]


def test_damage_at_the_end_is_skipped_and_elsewhere_found_at_loading(tmp_path, state):
    for step in (0, 100, 200):
        torch.save(state, tmp_path / f"step_{step}.pt")
    for step in (100, 300):
        (tmp_path / f"step_{step}.pt").write_bytes((tmp_path / "step_0.pt").read_bytes()[:2000])
    run = open_run(tmp_path)
    assert run.epochs == (0, 100, 200)
    assert len(run.warnings) == 1
    assert "step_300.pt is damaged, truncated" in run.warnings[0]
    with pytest.raises(UnreadableRun, match=r"step_100\.pt is damaged, truncated"):
        run.weights(100)


def test_of_two_files_of_an_epoch_the_last_by_name_is_used(tmp_path, state_of):
    torch.save(state_of(0), tmp_path / "step_1.pt")
    torch.save(state_of(1), tmp_path / "step_1.pth")
    run = open_run(tmp_path)
    assert run.epochs == (1,)
    assert torch.equal(run.weights(1).W_E, state_of(1)["embed.W_E"])
    assert "Epoch 1 appears more than once" in run.warnings[0]


def test_files_with_other_names_are_skipped_with_a_warning(tmp_path, state):
    for name in ("step_1.pt", "step_2.pt", "best.pt", "swa_9.pt", "notes.txt", ".step_3.pt"):
        torch.save(state, tmp_path / name)
    run = open_run(tmp_path)
    assert run.epochs == (1, 2)
    assert [warning.split(";")[0] for warning in run.warnings] == [
        f"{tmp_path / 'swa_9.pt'} was skipped: its name does not match the other files.",
        f"{tmp_path / 'best.pt'} was skipped: it records no epoch.",
    ]


def test_a_mixed_folder_is_refused(tmp_path, state):
    for name in ("alice_113.pt", "bob_59.pt"):
        torch.save(state, tmp_path / name)
    with pytest.raises(UnreadableRun, match=r"do not look like one run .*open one of its files"):
        open_run(tmp_path)


@pytest.mark.parametrize(
    "names",
    [
        ("model_p5.pt", "model_p7.pt", "model_p11.pt"),
        ("seed0.pt", "seed1.pt"),
        ("lr1e-2_epoch600.pt", "lr1e-3_epoch600.pt"),
        ("epoch0_seed0.pt", "epoch0_seed1.pt", "epoch9_seed0.pt", "epoch9_seed1.pt"),
    ],
)
def test_values_of_a_setting_are_not_epochs_of_one_run(tmp_path, state, names):
    for name in names:
        torch.save(state, tmp_path / name)
    with pytest.raises(UnreadableRun, match=r"open one of its files"):
        open_run(tmp_path)


def test_the_epochs_are_found_beside_settings_dates_and_losses(tmp_path, state):
    for epoch, loss in ((0, 3.25), (100, 0.012)):
        torch.save(state, tmp_path / f"2024-01-05_12-{epoch:03d}0_p23_epoch_{epoch}_loss_{loss:.2e}.pt")
    assert open_run(tmp_path).epochs == (0, 100)


def test_many_files_with_other_names_get_few_warnings(tmp_path, state):
    for name in ("step_1.pt", "step_2.pt", *(f"other{letter}.pt" for letter in "abcdefghijklmnopqrstuvwxyz")):
        torch.save(state, tmp_path / name)
    warnings = open_run(tmp_path).warnings
    assert len(warnings) == 11
    assert warnings[-1] == "16 more warnings of this kind."


def test_end_files_that_cannot_be_used_are_skipped(trainer):
    (trainer / "init.pth").write_bytes(b"")
    torch.save({"model": torch.load(trainer / "0.pth")["model"]}, trainer / "final.pth")
    run = open_run(trainer)
    assert run.epochs == (0, 100, 200)
    assert [warning.partition("; ")[0] for warning in run.warnings] == [
        f"A checkpoint was skipped: {trainer / 'init.pth'} is empty",
        f"{trainer / 'final.pth'} was skipped: it records no epoch.",
    ]
    assert list(run.unreadable) == [str(trainer / "init.pth")]


def test_end_files_without_an_epoch_are_opened_one_by_one(tmp_path, state):
    for name in ("best.pth", "final.pth"):
        torch.save(state, tmp_path / name)
    with pytest.raises(UnreadableRun, match=r"contains best\.pth, final\.pth, .*; open one of its files\.$"):
        open_run(tmp_path)


@pytest.mark.parametrize(
    ("name", "payload", "epoch"),
    [("model.pt", {}, 0), ("best.pt", {}, 0), ("final.pt", {"epoch": 900.0}, 900), ("m_step_1k.pt", {}, 1000)],
)
def test_the_only_checkpoint_of_a_folder_is_opened_whatever_its_name(tmp_path, state, name, payload, epoch):
    torch.save({"model": state, **payload}, tmp_path / name)
    torch.save({"state": {0: {"exp_avg": torch.ones(2, 2)}}}, tmp_path / "optimizer.pt")
    run = open_run(tmp_path)
    assert (run.epochs, run.warnings) == ((epoch,), ())


def test_files_without_a_number_have_their_recorded_epoch(tmp_path, state_of):
    torch.save({"model": state_of(0)}, tmp_path / "step_0.pt")
    torch.save({"model": state_of(1)}, tmp_path / "step_100.pt")
    torch.save({"model": state_of(2), "epoch": 70}, tmp_path / "model_best.pt")
    torch.save({"model": state_of(3), "step": 120}, tmp_path / "latest.pt")
    run = open_run(tmp_path)
    assert (run.container, run.epochs, run.warnings) == ("folder", (0, 70, 100, 120), ())
    assert torch.equal(run.weights(70).W_E, state_of(2)["embed.W_E"])


@pytest.mark.parametrize("folder", ["checkpoints", "ckpts", "weights", "Models"])
def test_checkpoints_in_a_folder_below_the_run(tmp_path, state_of, folder):
    (tmp_path / "run" / folder).mkdir(parents=True)
    for step in (0, 600):
        torch.save(state_of(step), tmp_path / "run" / folder / f"step_{step}.pt")
    torch.save(state_of(1), tmp_path / "run" / "final.pt")
    run = open_run(tmp_path / "run")
    assert (run.name, run.path, run.epochs) == ("run", tmp_path / "run", (0, 600))
    assert torch.equal(run.weights(600).W_E, state_of(600)["embed.W_E"])
    assert run.warnings == (f"{tmp_path / 'run' / 'final.pt'} was skipped: its name does not match the other files.",)


def test_checkpoints_below_lightning_logs(tmp_path, state):
    folder = tmp_path / "lightning_logs" / "version_0" / "checkpoints"
    folder.mkdir(parents=True)
    for epoch in (3, 4):
        torch.save({"state_dict": state}, folder / f"epoch={epoch}-step={epoch}0.ckpt")
    (folder.parent / "metrics.csv").write_text("epoch,train_loss\n3,0.5\n4,0.25\n")
    run = open_run(tmp_path)
    assert (run.epochs, run.losses.train.tolist()) == ((3, 4), [0.5, 0.25])


@pytest.mark.parametrize("name", ["step_7.pth.tar", "STEP_7.PT", "step_7.Ckpt"])
def test_suffixes_of_other_spelling(tmp_path, state, name):
    torch.save(state, tmp_path / name)
    torch.save(state, tmp_path / name.replace("7", "8"))
    assert open_run(tmp_path).epochs == (7, 8)


def test_the_only_file_of_a_folder_may_have_many_checkpoints(tmp_path, state_of):
    torch.save({"state_dicts": [state_of(0), state_of(1)], "epochs": [5, 9]}, tmp_path / "full_run_data.pth")
    run = open_run(tmp_path)
    assert (run.name, run.path, run.epochs) == (tmp_path.name, tmp_path, (5, 9))


def test_one_folder_for_each_checkpoint(tmp_path, state_of):
    for step in (100, 500):
        (tmp_path / f"checkpoint-{step}").mkdir()
        save_file(state_of(step), tmp_path / f"checkpoint-{step}" / "model.safetensors")
        torch.save({}, tmp_path / f"checkpoint-{step}" / "optimizer.pt")
    (tmp_path / "checkpoint-900").mkdir()
    torch.save(state_of(900), tmp_path / "checkpoint-900" / "pytorch_model.bin")
    (tmp_path / "checkpoint-950").mkdir()
    run = open_run(tmp_path)
    assert (run.epochs, run.warnings) == ((100, 500, 900), ())
    assert torch.equal(run.weights(500).W_E, state_of(500)["embed.W_E"])
    assert open_run(tmp_path / "checkpoint-500").epochs == (500,)
    assert open_run(tmp_path / "checkpoint-500" / "model.safetensors").epochs == (500,)


def test_folders_of_several_runs_are_not_checkpoints_of_one(tmp_path, state):
    for name in ("seed_0", "seed_1"):
        (tmp_path / name).mkdir()
        torch.save(state, tmp_path / name / "model.pt")
    with pytest.raises(UnreadableRun, match="contains no checkpoint; open a folder in it: seed_0, seed_1"):
        open_run(tmp_path)
