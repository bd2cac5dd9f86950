"""`grok-tui sweep`: a grid is trained in worker processes; the next call does only what is missing."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.runs.native_run import recorded_settings
from engine.runs.training_lock import training_lock
from engine.runs.training_progress import read_progress, saved_epoch
from tests.soak.kill_training import contents, require_same
from tests.waiting import PATIENCE_SECONDS, wait_until

SMALL = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")
TINY = (*SMALL, "--save-every", "10")
ENDLESS = (*SMALL, "--save-every", "10:20,1000000000", "--epochs", "100000000")


def test_a_dry_run_prints_the_plan_and_writes_nothing(tmp_path, run) -> None:
    status, out, err = run("sweep", tmp_path / "wd", "--grid", "weight_decay=0.3,1", "--grid", "seed=0:2", *TINY,
                           "--epochs", 20, "--workers", 3, "--dry-run")  # fmt: skip
    lines = out.splitlines()
    assert (status, err) == (0, "")
    assert lines[0] == f"sweep        4 runs in {tmp_path / 'wd'}: 0 done, 4 new"
    assert lines[1] == "all runs     p 5, epochs 20, d_model 8, n_heads 2, d_mlp 8, save_every 10"
    assert lines[2].startswith("disk         about 110 kB; ")
    assert lines[3].endswith("with 3 workers of 1 thread on cpu")
    assert lines[5:] == [f"weight_decay={decay},seed={seed}  20 epochs" if decay == "0.3"
                         else f"weight_decay={decay},seed={seed}    20 epochs" for decay in ("0.3", "1")
                         for seed in (0, 1)]  # fmt: skip
    assert not (tmp_path / "wd").exists()


def test_a_sweep_is_trained_and_the_next_call_adds_what_is_missing(tmp_path, run) -> None:
    sweep = tmp_path / "seeds"
    status, out, err = run("sweep", sweep, "--grid", "seed=0:2", *TINY, "--epochs", 20)
    assert (status, out) == (0, "")
    assert err.splitlines()[0].startswith(f"2 runs in {sweep}: 0 done, 2 new; ")
    assert err.splitlines()[-1] == "2 of 2 runs are trained."
    before = contents(sweep / "runs")

    status, _, err = run("sweep", sweep, "--grid", "seed=0:3")
    assert (status, err.splitlines()[-1]) == (0, "3 of 3 runs are trained.")
    assert err.splitlines()[0].startswith(f"3 runs in {sweep}: 2 done, 1 new; ")
    assert {name: data for name, data in contents(sweep / "runs").items() if name in before} == before
    assert run("train", tmp_path / "alone", *TINY, "--epochs", 20, "--seed", 2, "--threads", 1).status == 0
    require_same(sweep / "runs" / "seed=2", tmp_path / "alone")

    lines = run("sweep", sweep, "--epochs", 30, "--dry-run").out.splitlines()
    assert (lines[0], lines[5]) == (
        f"sweep        3 runs in {sweep}: 0 done, 3 extended", "seed=0  30 epochs  from epoch 20"
    )  # fmt: skip

    status, _, err = run("sweep", sweep, "--measure")
    lines = err.splitlines()
    assert (status, lines[1], lines[-1]) == (0, "3 runs: nothing is missing.", "3 of 3 runs are measured.")
    assert run("sweep", sweep, "--measure").err.splitlines()[1:] == ["3 runs: nothing is missing."] * 2
    assert "have no metrics" not in run("runs", sweep).err


def test_packed_runs_are_recorded_as_such_and_equal_single_runs_to_rounding(tmp_path, run) -> None:
    arguments = ("sweep", tmp_path / "sweep", "--grid", "seed=0:3", *TINY, "--epochs", 30, "--pack", 2)
    status, out, _ = run(*arguments, "--dry-run")
    assert (status, "at most about" in out) == (0, True)
    status, _, err = run(*arguments)
    assert (status, err.splitlines()[-1]) == (0, "3 of 3 runs are trained.")
    runs = [tmp_path / "sweep" / "runs" / f"seed={seed}" for seed in range(3)]
    assert [recorded_settings(path)[1].packed for path in runs] == [2, 2, None]
    assert run("train", tmp_path / "alone", *TINY, "--epochs", 30, "--seed", 1).status == 0
    packed, alone = read_progress(runs[1]), read_progress(tmp_path / "alone")
    assert packed.train_loss == pytest.approx(alone.train_loss, rel=1e-5)


def test_failed_and_skipped_runs_are_named(tmp_path, run) -> None:
    sweep = tmp_path / "seeds"
    run("sweep", sweep, "--grid", "seed=0:3", *TINY, "--epochs", 20, "--dry-run")
    arguments = ("sweep", sweep, "--grid", "seed=0:3", *TINY, "--epochs", 20)
    assert run(*arguments).status == 0
    (sweep / "runs" / "seed=0" / "resume.safetensors").write_bytes(b"damaged")
    (sweep / "runs" / "seed=1" / "resume.safetensors").unlink()
    for file in (sweep / "runs" / "seed=1").glob("*/*"):
        file.unlink()
    (sweep / "runs" / "seed=1" / "losses.csv").unlink()
    with training_lock(sweep / "runs" / "seed=1"):
        status, _, err = run(*arguments, "--workers", 1)
    lines = err.splitlines()
    assert status == 1
    assert lines[-3].startswith(f"seed=0 failed: {sweep / 'runs' / 'seed=0' / 'resume.safetensors'} is damaged")
    assert lines[-2].startswith(f"seed=1 skipped: {sweep / 'runs' / 'seed=1'} is being trained by process")
    assert lines[-1] == f"1 of 3 runs are trained. To continue: grok-tui sweep {sweep}"


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        ((), 2, "has no sweep.json, so there is nothing to continue; pass --grid or --table."),
        (("--grid", "speed=1"), 2, "--grid names 'speed', which is no option of train"),
        (("--grid", "lr=1,-1"), 2, "lr=-1: lr must be positive; found -1.0."),
        (("--grid", "seed=0:2", "--seed", "3"), 2, "seed varies within the sweep"),
        (("--grid", "seed=0:2", "--on", "moon"), 2, "--on is local, slurm or ray[=HOST:PORT]; found 'moon'."),
        (("--grid", "seed=0:2", "--on", "local=x"), 2, "found 'local=x'."),
        (("--grid", "seed=0:2", "--gpus", "1"), 2, "--gpus is an option of --on slurm; omit it with --on local."),
        (("--grid", "seed=0:2", "--workers", "0"), 2, "--workers is at least 1; found 0."),
        (("--grid", "seed=0:2", "--pack", "0"), 2, "--pack is at least 1; found 0."),
        (("--grid", "seed=0:2", "--threads", "0"), 1, "--threads is between 1 and 1,024; found 0."),
        (("--table", "none.csv"), 2, "none.csv cannot be read"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_written(tmp_path, run, arguments, status, sentence) -> None:
    result = run("sweep", tmp_path / "sweep", *arguments)
    assert (result.status, result.out) == (status, "")
    assert sentence in result.err
    assert not (tmp_path / "sweep").exists()


def test_a_table_makes_a_run_for_each_row(tmp_path, run) -> None:
    (tmp_path / "runs.csv").write_text("lr,weight-decay\n0.01,1\n0.001,0.3\n")
    status, out, _ = run("sweep", tmp_path / "sweep", "--table", tmp_path / "runs.csv", *TINY, "--dry-run")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()[5:]] == ["lr=0.01,weight_decay=1", "lr=0.001,weight_decay=0.3"]


def test_ctrl_c_saves_every_run_and_the_next_call_continues(tmp_path) -> None:
    sweep, runs = tmp_path / "sweep", [tmp_path / "sweep" / "runs" / f"seed={seed}" for seed in range(2)]
    command = [sys.executable, "-m", "grok_tui", "sweep", sweep, "--workers", "2", *ENDLESS, "--grid", "seed=0:2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        wait_for_saves(process, *runs)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130
    assert err.splitlines()[-1] == f"Stopped; everything is saved. To continue: grok-tui sweep {sweep}"
    for run in runs:
        assert saved_epoch(run) == read_progress(run).epoch
        assert not (run / "training.lock").exists()


def test_the_workers_end_if_the_sweep_is_killed(tmp_path) -> None:
    run = tmp_path / "sweep" / "runs" / "seed=0"
    command = [sys.executable, "-m", "grok_tui", "sweep", tmp_path / "sweep", *ENDLESS, "--grid", "seed=0"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        wait_for_saves(process, run)
        process.kill()
    wait_until(lambda: not (run / "training.lock").exists())
    assert saved_epoch(run) == read_progress(run).epoch


def wait_for_saves(process: subprocess.Popen[Any], *runs: Path) -> None:
    wait_until(lambda: all(saved_epoch(run) is not None for run in runs) or process.poll() is not None)
    assert process.poll() is None


def test_architectures_are_swept_and_told_apart_in_the_table(tmp_path, run) -> None:
    sweep = tmp_path / "norms"
    arguments = ("sweep", sweep, "--grid", "norm=none,pre", "--grid", "n_layers=1,2", *TINY, "--epochs", 10)
    status, _, err = run(*arguments)
    assert (status, err.splitlines()[-1]) == (0, "4 of 4 runs are trained.")
    assert run(*arguments)[2].splitlines()[-1] == "4 runs: nothing is missing."
    out = run("runs", sweep, "--format", "csv").out
    names, *rows = [line.split(",") for line in out.replace('"', "").splitlines()]
    assert {"architecture", "norm", "n_layers"} <= set(names)
    assert not {"norms", "causal", "norm_eps", "position_kind", "d_vocab_out", "biases"} & set(names)
    assert len(rows) == 4
    status, out, _ = run("runs", sweep, "--where", "norm=pre n_layers=2", "--format", "json")
    assert [found["name"] for found in json.loads(out)["runs"]] == ["norm=pre,n_layers=2"]


def test_an_mlp_and_a_transformer_are_one_sweep(tmp_path, run) -> None:
    sweep = tmp_path / "archs"
    options = ("--p", 5, "--d-mlp", 8, "--epochs", 10)
    assert run("sweep", sweep, "--grid", "arch=transformer,mlp", *options)[0] == 0
    recorded = [recorded_settings(sweep / "runs" / f"arch={arch}")[0] for arch in ("transformer", "mlp")]
    assert [config.description for config in recorded] == ["a one-layer transformer without normalisation", "an MLP"]
    assert recorded_settings(sweep / "runs" / "arch=mlp")[0].n_neurons == 8


def test_options_that_do_not_apply_are_refused_with_the_name_of_the_run(tmp_path, run) -> None:
    status, _, err = run("sweep", tmp_path / "archs", "--grid", "arch=transformer,mlp", *SMALL)
    assert (status, err) == (
        2, "arch=mlp: --d-model does not apply to --arch mlp of one-hot inputs; pass --inputs embedded, or leave it "
        "out.\n",
    )  # fmt: skip
    assert not (tmp_path / "archs").exists()


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--arch", "mlp"), "an MLP"),
        (("--norm", "pre"), "a one-layer transformer with LayerNorm with the prompt 'x y ='"),
        (("--prompt", "x y"), "a one-layer transformer without normalisation with the prompt 'x y'"),
    ],
)
def test_other_architectures_are_not_packed(tmp_path, run, options, found) -> None:
    arguments = ("sweep", tmp_path / "sweep", "--grid", "seed=0:2", "--p", 5, *options, "--epochs", 10, "--pack", 2)
    status, _, err = run(*arguments)
    assert status == 2
    assert err.startswith("--pack trains one-layer transformers without norms")
    assert err.endswith(f"; seed=0 is {found}; train it without --pack.\n")
    assert not (tmp_path / "sweep").exists()
