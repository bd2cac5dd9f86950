"""Losses in files beside the checkpoints of a run; a damaged file is skipped with one sentence."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import torch

from engine.runs.losses.dated_columns import EpochEvidence
from engine.runs.losses.loss_files import read_loss_files
from engine.runs.losses.loss_series import merge_sources
from engine.runs.open_run import open_run
from engine.runs.refresh import refresh
from tests.engine.runs.other_files import dangling_link, folder, link_to_device, pipe

LIGHTNING = "epoch,step,train_loss,val_loss\n0,9,2.5,\n0,9,,3.5\n1,19,1.5,\n1,19,,4.5\n"


@pytest.fixture
def run(tmp_path, state) -> Path:
    path = tmp_path / "run"
    path.mkdir()
    for step in (0, 10, 20):
        torch.save({"model": state}, path / f"step_{step}.pt")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("losses.csv", "step,train_loss,test_loss\n0,3.0,4.0\n10,2.0,5.0\n20,1.0,6.0\n"),
        ("training_log.csv", "iteration,train/loss,validation/loss\n0,3.0,4.0\n10,2.0,5.0\n20,1.0,6.0\n"),
        ("history.json", json.dumps({"train_loss": [3.0, 2.0, 1.0], "test_loss": [4.0, 5.0, 6.0]})),
        ("metrics.jsonl", "".join(f'{{"_step": {10 * n}, "loss": {3 - n}, "eval_loss": {4 + n}}}\n' for n in range(3))),
    ],
)
def test_files_of_every_format(run, name, text):
    (run / name).write_text(text)
    opened = open_run(run)
    assert opened.warnings == ()
    assert opened.losses is not None
    assert opened.losses.epochs.tolist() == [0, 10, 20]
    assert opened.losses.at(10) == (2.0, 5.0)
    assert opened.losses.source.endswith(f"in {name}")


def test_lightnings_metrics(run, state):
    for file in run.iterdir():
        file.unlink()
    for epoch in (0, 1):
        torch.save({"state_dict": state, "epoch": epoch}, run / f"epoch={epoch}-step={10 * epoch + 9}.pt")
    (run / "lightning_logs" / "version_0").mkdir(parents=True)
    (run / "lightning_logs" / "version_0" / "metrics.csv").write_text(LIGHTNING)
    losses = open_run(run).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 1]
    assert losses.at(1) == (1.5, 4.5)
    assert losses.source == "train_loss, val_loss by epoch in lightning_logs/version_0/metrics.csv"


def test_each_series_is_from_the_first_file_that_has_it(run):
    (run / "losses.csv").write_text("step,train_loss\n0,3.0\n20,1.0\n")
    (run / "metrics.csv").write_text("step,train_loss,test_loss,test_acc\n0,9.0,4.0,10\n10,9.0,5.0,90\n")
    losses = open_run(run).losses
    assert losses is not None
    assert (losses.at(0), losses.at(10), losses.at(20)) == ((3.0, 4.0), (None, 5.0), (1.0, None))
    assert losses.accuracy_at(10) == (None, 0.9)
    assert losses.source == "train_loss by step in losses.csv; test_loss, test_acc by step in metrics.csv"


def test_a_growing_file_adds_points(run):
    (run / "metrics.csv").write_text("step,train_loss\n0,3.0\n")
    opened = open_run(run)
    with (run / "metrics.csv").open("a") as file:
        file.write("10,2.0\n20,1.")
    losses = refresh(opened).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 10]


def test_an_unfinished_line_counts_once_the_file_is_old(run):
    (run / "metrics.csv").write_text("step,train_loss\n0,3.0\n10,2.0")
    os.utime(run / "metrics.csv", (1e9, 1e9))
    losses = open_run(run).losses
    assert losses is not None
    assert losses.epochs.tolist() == [0, 10]


@pytest.mark.parametrize(
    ("name", "data", "warning"),
    [
        ("losses.csv", b"step,train_loss\n0,\xff\n", "losses.csv was skipped: it is not UTF-8 text (byte 18)."),
        ("history.json", b"{", "history.json was skipped: it is not JSON (Expecting property name"),
        ("log.jsonl", b"{\n{\n", "log.jsonl was skipped: no line of it is JSON."),
        (
            "metrics.csv",
            b"step,train_loss\n0,many\n",
            "metrics.csv: train_loss was skipped: row 1 contains 'many', expected a number.",
        ),
        ("log.jsonl", b'{"step": 0, "loss": 1}\n{\n', "log.jsonl: line 2 was skipped: not JSON."),
        (
            "metrics.csv",
            b"epoch,train_loss\n1,3\n2,2\n",
            "metrics.csv: train_loss was skipped: epoch ends at 2, the checkpoints at 20, and they have no",
        ),
    ],
)
def test_damage_is_a_warning(run, name, data, warning):
    (run / name).write_bytes(data)
    opened = open_run(run)
    assert opened.epochs == (0, 10, 20)
    assert len(opened.warnings) == 1
    assert opened.warnings[0].startswith(warning)


@pytest.mark.parametrize("make", [pipe, folder, dangling_link, link_to_device])
def test_what_is_no_file_is_a_warning(run, make):
    make(run / "losses.csv")
    opened = open_run(run)
    assert opened.epochs == (0, 10, 20)
    assert len(opened.warnings) == 1
    assert opened.warnings[0].startswith("losses.csv was skipped: ")


def test_a_single_checkpoint_has_the_losses_beside_it(run, state):
    (run / "metrics.csv").write_text("step,train_loss\n0,3.0\n10,2.0\n20,1.0\n")
    losses = open_run(run / "step_10.pt").losses
    assert losses is not None
    assert losses.at(10) == (2.0, None)
    torch.save({"model": state, "epoch": 20, "train_loss": 0.9}, run / "final.pt")
    losses = open_run(run / "final.pt").losses
    assert losses is not None
    assert (losses.at(10)[0], losses.at(20)[0]) == (2.0, 1.0)


def test_a_checkpoint_among_those_of_other_runs_has_not(tmp_path, state):
    (tmp_path / "metrics.csv").write_text("step,train_loss\n0,3.0\n10,2.0\n20,1.0\n")
    for name in ("alice", "bob"):
        torch.save({"model": state, "epoch": 10}, tmp_path / f"{name}.pt")
    torch.save({"model": state}, tmp_path / "final.pt")
    torch.save({"model": state, "epoch": 10}, tmp_path / "seed_3.pt")
    for name in ("alice", "final", "seed_3"):
        assert open_run(tmp_path / f"{name}.pt").losses is None


def test_a_real_file_of_metrics(real):
    folder = real("families/bare_names_p53/metrics.csv").parent
    losses, warnings = merge_sources(read_loss_files(folder, EpochEvidence([0, 1000, 5000, 8500])))
    assert losses is not None
    assert warnings == ()
    assert losses.epochs.tolist() == list(range(0, 8501, 100))
    assert losses.at(100) == (0.053497, 12.536532)
    assert losses.accuracy_at(0) == (0.0258, 0.0148)
    assert losses.source == "train_loss, test_loss, train_acc, test_acc by step in metrics.csv"
