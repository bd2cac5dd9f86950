"""The plan that `grok-tui train` prints first."""

from __future__ import annotations

import json
import re

import pytest

from engine import train_packed
from grok_tui.cli.train.plan import size

TINY = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")
SMALL = (*TINY, "--save-every", "10")


def test_the_plan_is_printed_first(tmp_path, run) -> None:
    status, out, err = run("train", tmp_path / "run", *SMALL, "--epochs", 20, "--dtype", "float64")
    assert (status, out) == (0, "")
    lines = err.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["model", "data", "training", "checkpoints", "disk"]
    assert lines[0].endswith("(x + y) mod 5, d_model 8, 2 heads of 4, d_mlp 8, relu: 520 parameters")
    assert "7 pairs to train on, 18 to test" in lines[1]
    assert "20 epochs, seed 0, lr 0.001, weight decay 1, on cpu in float64" in lines[2]
    assert "3 in float32, " in lines[3]
    assert lines[3].endswith("each; schedule 10")
    assert lines[-1] == f"Wrote 3 checkpoints to {tmp_path / 'run'}."


def test_a_dry_run_prints_the_plan_with_the_time_and_writes_nothing(tmp_path, run) -> None:
    status, out, _ = run("train", tmp_path / "run", *TINY, "--norm", "post", "--epochs", 20, "--dry-run")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()] == [
        *("model", "data", "training", "checkpoints", "disk", "time"),
    ]
    assert re.search(r"parameters\n", out)
    assert re.fullmatch(r"time +about .* for 20 epochs, [\d.]+ per second", out.splitlines()[-1])
    assert not (tmp_path / "run").exists()


def test_the_plan_of_a_recipe_names_its_source_and_what_differs(tmp_path, run) -> None:
    _, out, _ = run("train", tmp_path / "run", "--recipe", "gromov2023", "--p", 5, "--d-mlp", 8, "--dry-run")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert "gromov2023: Gromov 2023, Grokking modular arithmetic, arXiv:2301.02679" in rows["recipe"]
    assert "the loss there is the mean squared error, here cross-entropy" in rows["differs"]
    assert "epochs, seed 0, lr 0.01, weight decay 1" in rows["training"]


def test_the_plan_and_info_show_that_a_run_was_packed(tmp_path, run) -> None:
    for seed in (0, 1):
        assert run("train", tmp_path / str(seed), *SMALL, "--epochs", 10, "--seed", seed)[0] == 0
    runs = [tmp_path / "0", tmp_path / "1"]
    for path in runs:
        recorded = json.loads((path / "run.json").read_text())
        recorded["training"]["epochs"] = 20
        (path / "run.json").write_text(json.dumps(recorded))
    assert len(train_packed(runs)) == 2
    status, _, err = run("train", runs[0], "--epochs", 30)
    assert status == 0
    assert err.splitlines()[2].endswith("in float32; packed before, as one of 2 runs")
    assert "packed 2" in run("info", runs[0]).out


def test_the_plan_and_info_name_another_loss_and_optimiser(tmp_path, run) -> None:
    path = tmp_path / "run"
    options = ("--loss", "stablemax", "--optimizer", "orthogonal-grad", "--weight-decay", 0)
    status, _, err = run("train", path, *SMALL, "--epochs", 10, *options)
    assert status == 0
    assert "weight decay 0, loss stablemax, optimizer orthogonal-grad, on cpu in float32" in err.splitlines()[2]
    assert run("train", path, "--epochs", 20, "--loss", "stablemax").status == 0
    status, _, err = run("train", path, "--loss", "cross-entropy", "--optimizer", "adamw")
    assert status == 1
    assert "loss: recorded stablemax, requested cross-entropy" in err
    assert "optimizer: recorded orthogonal-grad, requested adamw" in err
    out = run("info", path).out
    assert "losses.csv (stablemax, as trained)" in out
    assert "loss stablemax, optimizer orthogonal-grad" in out


def test_the_defaults_may_be_passed_to_a_run_that_has_them(tmp_path, run) -> None:
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 10).status == 0
    assert run("train", tmp_path / "run", "--loss", "cross-entropy", "--optimizer", "adamw").status == 0


@pytest.mark.parametrize(
    ("count", "words"), [(12, "12 bytes"), (999, "999 bytes"), (907_000, "907 kB"), (2.7e6, "2.7 MB"), (12e9, "12 GB")]
)
def test_sizes_as_text(count, words) -> None:
    assert size(int(count)) == words
