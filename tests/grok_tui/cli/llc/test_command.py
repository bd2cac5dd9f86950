"""`grok-tui llc`: its formats, its cache, its interruption, its calibration."""

from __future__ import annotations

import csv
import io
import json
import os
import signal

import pytest

from engine import Explorer, open_run
from engine.explorer.run_llc import RunLlc
from engine.metrics.llc.settings import LlcSettings
from tests.losses_only import write_losses_only

FAST = ("--chains", "2", "--draws", "3", "--burn-in", "1", "--gamma", "10")
SETTINGS = LlcSettings(chains=2, draws=3, burn_in=1, gamma=10.0)


def test_text_has_provenance_settings_and_a_row_for_each_checkpoint(tiny_run, run) -> None:
    status, out, err = run("llc", tiny_run, *FAST)
    assert status == 0
    lines = out.splitlines()
    assert lines[0].startswith("tiny · x + y, p = 7")
    assert "2 chains of 3 draws after 1 · step size 0.0001 · gamma 10 · nbeta" in lines[2]
    assert "seed 0 · 24 train pairs" in lines[2]
    rows = [line.split() for line in lines[5:10]]
    assert [row[0] for row in rows] == ["0", "10", "20", "30", "40"]
    found = Explorer(open_run(tiny_run)).llc.estimate(40, SETTINGS)
    assert rows[-1][1:3] == [f"{found.value:,.4g}", f"{found.standard_error:.2g}"]
    assert "for 5 checkpoints" in err
    assert err.startswith("about ")


def test_json_has_the_settings_in_its_provenance_and_every_chain(tiny_run, run) -> None:
    content = json.loads(run("llc", tiny_run, *FAST, "--epochs", "0,40", "--seed", "3", "--format", "json").out)
    assert list(content) == ["provenance", "epochs"]
    assert content["provenance"]["run"] == "tiny"
    sampling = content["provenance"]["sampling"]
    assert {name: sampling[name] for name in ("chains", "draws", "burn_in", "step_size", "gamma", "seed")} == {
        "chains": 2, "draws": 3, "burn_in": 1, "step_size": 1e-4, "gamma": 10.0, "seed": 3,
    }  # fmt: skip
    assert sampling["n_train"] == 24
    assert [entry["epoch"] for entry in content["epochs"]] == [0, 40]
    entry = content["epochs"][1]
    assert entry["llc"] == pytest.approx(sum(entry["chains"]) / 2)
    assert set(entry) == {
        "epoch", "llc", "standard_error", "train_loss", "gradient_norm", "chains", "diverged", "lower_share", "notes",
    }  # fmt: skip


def test_csv_has_a_column_for_each_chain(tiny_run, run, tmp_path) -> None:
    assert run("llc", tiny_run, *FAST, "--epochs", "20", "--output", tmp_path / "a.csv").status == 0
    (row,) = csv.DictReader(io.StringIO((tmp_path / "a.csv").read_text()))
    assert row["epoch"] == "20"
    assert float(row["llc"]) == pytest.approx((float(row["chain_0"]) + float(row["chain_1"])) / 2)


def test_a_diverged_chain_is_absent_and_named(tiny_run, run) -> None:
    arguments = ("llc", tiny_run, "--chains", "2", "--draws", "40", "--step-size", "1000", "--gamma", "0")
    content = json.loads(run(*arguments, "--nbeta", "1e30", "--epochs", "40", "--format", "json").out)
    (entry,) = content["epochs"]
    assert (entry["llc"], entry["standard_error"], entry["chains"]) == (None, None, [None, None])
    assert [each["chain"] for each in entry["diverged"]] == [0, 1]
    assert "all chains diverged" in run(*arguments, "--nbeta", "1e30", "--epochs", "40").out


def test_an_interrupted_command_says_what_is_kept_and_continues(tiny_run, run, monkeypatch) -> None:
    estimate = RunLlc.estimate

    def interrupted(self, epoch, settings, on_step=lambda: None):
        if epoch == 20:
            os.kill(os.getpid(), signal.SIGINT)
        return estimate(self, epoch, settings, on_step)

    with monkeypatch.context() as patch:
        patch.setattr(RunLlc, "estimate", interrupted)
        status, out, err = run("llc", tiny_run, *FAST)
    assert (status, out) == (130, "")
    assert err.splitlines()[-1] == "Stopped; 2 of 5 checkpoints are cached. The same command continues."
    status, out, err = run("llc", tiny_run, *FAST)
    assert status == 0
    assert "for 3 checkpoints; 2 of 5 are cached" in err
    again = run("llc", tiny_run, *FAST)
    assert again.out == out
    assert again.err == ""


def test_an_interruption_without_a_cache_keeps_nothing(tiny_run, run, monkeypatch) -> None:
    def interrupt(self, epoch, settings, on_step=lambda: None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(RunLlc, "estimate", interrupt)
    status, _, err = run("llc", tiny_run, *FAST, "--no-cache")
    assert status == 130
    assert err.splitlines()[-1] == "Stopped; with --no-cache no estimate is cached."


def test_an_unreadable_checkpoint_is_skipped(tiny_run, run, tmp_path, monkeypatch) -> None:
    from engine.errors import UnreadableRun

    estimate = RunLlc.estimate

    def unreadable(self, epoch, settings, on_step=lambda: None):
        if epoch == 10:
            raise UnreadableRun("it is damaged.")
        return estimate(self, epoch, settings, on_step)

    monkeypatch.setattr(RunLlc, "estimate", unreadable)
    status, out, err = run("llc", tiny_run, *FAST, "--epochs", "0,10")
    assert status == 1
    assert "Skipped epoch 10: it is damaged." in err
    assert [line.split()[0] for line in out.splitlines()[4:6]] == ["epoch", "0"]
    assert "\n   10 " not in out


def test_calibrate_draws_a_map_of_one_epoch(tiny_run, run) -> None:
    arguments = ("llc", tiny_run, "--calibrate", "--chains", "2", "--draws", "2", "--burn-in", "0")
    status, out, err = run(*arguments, "--epochs", "20")
    assert status == 0
    assert "for 25 choices of step size and nbeta" in err
    assert "local learning coefficient by step size and nbeta · epoch 20" in out
    for word in ("0.0001", "0.001", "1e-06", "step size", "nbeta"):
        assert word in out
    content = json.loads(run(*arguments, "--epochs", "20", "--format", "json").out)
    assert content["view"] == "llc-calibration"
    assert content["columns"][:3] == ["step_size", "nbeta", "llc"]
    steps = sorted({row[0] for row in content["rows"]})
    assert steps == pytest.approx([1e-6, 1e-5, 1e-4, 3e-4, 1e-3])
    assert len(content["rows"]) == 25
    rows = list(csv.DictReader(io.StringIO(run(*arguments, "--epochs", "20", "--format", "csv").out)))
    assert [float(row["llc"]) for row in rows] == pytest.approx([row[2] for row in content["rows"]])


def test_calibration_leaves_out_steps_that_would_overshoot(tiny_run, run) -> None:
    arguments = ("llc", tiny_run, "--calibrate", "--chains", "1", "--draws", "1", "--burn-in", "0")
    content = json.loads(run(*arguments, "--gamma", "4000", "--format", "json").out)
    assert sorted({row[0] for row in content["rows"]}) == pytest.approx([1e-6, 1e-5, 1e-4, 3e-4])


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("--epochs", "7"), 1, "has no checkpoint at epoch 7; nearest: 0 and 10"),
        (("--epochs", "1:9"), 2, "--epochs 1:9 chooses no checkpoint"),
        (("--epochs", "a"), 2, "--epochs is a list such as 0,9000,40000"),
        (("--epochs", "::0"), 2, "is at least 1"),
        (("--chains", "0"), 2, "--chains must be at least 1"),
        (("--step-size", "1"), 2, "--step-size times --gamma must be below 2"),
        (("--calibrate", "--epochs", "0,10"), 2, "--calibrate takes one epoch"),
        (("--split", "none"), 1, "needs the train pairs"),
    ],
)
def test_a_mistake_is_one_sentence(tiny_run, run, arguments, status, words) -> None:
    found = run("llc", tiny_run, *arguments)
    assert found.status == status
    assert words in found.err
    assert found.out == ""
    assert len(found.err.splitlines()) == 1


def test_a_run_without_weights_says_so(run, tmp_path) -> None:
    found = run("llc", write_losses_only(tmp_path / "losses"))
    assert found.status == 1
    assert "weights" in found.err


@pytest.mark.parametrize(
    ("text", "epochs"),
    [("0", [0]), ("40,0", [0, 40]), ("10:30", [10, 20, 30]), ("::2", [0, 20, 40]), ("30:,0", [0, 30, 40])],
)
def test_epochs_are_a_list_or_ranges_of_checkpoints(tiny_run, text, epochs) -> None:
    from grok_tui.cli.chosen_epochs import chosen_epochs

    assert chosen_epochs(Explorer(open_run(tiny_run)), text) == epochs
