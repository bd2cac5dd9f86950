"""`grok-tui runs`: the table of runs for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import shutil
from pathlib import Path
from time import time

import pytest

from engine import ModelConfig, SaveSchedule, TrainingConfig, open_run, train


@pytest.fixture(scope="module")
def sweep(tmp_path_factory) -> Path:
    """Four runs of p = 7: two weight decays with two seeds each. Read only."""
    folder = tmp_path_factory.mktemp("sweep")
    for decay in (0.5, 1.0):
        for seed in (0, 1):
            training = TrainingConfig(
                seed=seed, weight_decay=decay, epochs=20, frac_train=0.5, save_every=SaveSchedule.parse("10")
            )
            train(ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12), training, path=folder / f"{decay}-{seed}")
    for path in (folder, *folder.rglob("*")):
        os.utime(path, (time() - 60, time() - 60))  # new files are not cached
    return folder


def table(out: str) -> list[list[str]]:
    """The cells of a text table below its title."""
    return [line.split() for line in out.splitlines()[1:]]


def test_a_row_for_each_run_with_what_varies(sweep, run) -> None:
    status, out, err = run("runs", sweep)
    assert status == 0
    assert out.startswith("4 runs · p = 7 · add")
    header, *rows = table(out)
    assert header[:5] == ["run", "seed", "weight_decay", "state", "epochs"]
    assert [row[:5] for row in rows] == [
        ["0.5-0", "0", "0.5", "finished", "20"],
        ["0.5-1", "1", "0.5", "finished", "20"],
        ["1.0-0", "0", "1", "finished", "20"],
        ["1.0-1", "1", "1", "finished", "20"],
    ]
    assert err == "4 of 4 runs have no metrics; --measure computes them.\n"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_table_fits_the_terminal(sweep, run, monkeypatch, width) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    out = run("runs", sweep).out
    assert max(map(len, out.splitlines()[1:])) <= width
    assert "0.5-0" in out


def test_sorting_and_filtering(sweep, run) -> None:
    out = run("runs", sweep, "--sort", "-seed,weight_decay", "--where", "seed>=0", "--where", "weight_decay<2").out
    assert [row[0] for row in table(out)[1:]] == ["0.5-1", "1.0-1", "0.5-0", "1.0-0"]
    out = run("runs", sweep, "--sort", "test_loss:desc", "--format", "json").out
    losses = [found["test_loss"] for found in json.loads(out)["runs"]]
    assert losses == sorted(losses, reverse=True)


def test_a_filter_that_no_run_matches_is_said(sweep, run) -> None:
    status, out, _ = run("runs", sweep, "--where", "seed>7")
    assert (status, out) == (0, "0 of 4 runs · seed>7\nno run matches the filter\n")


def test_json_has_full_precision_and_null_for_what_is_absent(sweep, run) -> None:
    content = json.loads(run("runs", sweep, "--where", "seed=1 weight_decay=0.5", "--format", "json").out)
    assert list(content) == ["provenance", "runs"]
    assert content["provenance"]["paths"] == [str(sweep)]
    assert (content["provenance"]["runs_found"], len(content["runs"])) == (4, 1)
    found, losses = content["runs"][0], open_run(sweep / "0.5-1").losses
    assert losses is not None
    assert (found["train_loss"], found["test_loss"]) == losses.at(20)
    assert (found["name"], found["path"], found["state"]) == ("0.5-1", str(sweep / "0.5-1"), "finished")
    assert found["settings"]["weight_decay"] == 0.5
    assert found["settings"]["stop_when"] is None
    assert (found["measured"], found["grokked"], found["metrics"], found["test_accuracy"]) == (False, None, None, None)


def test_measuring_fills_the_cache_and_the_row(sweep, run) -> None:
    status, out, err = run("runs", sweep, "--measure", "--where", "weight_decay=1", "--format", "json")
    assert status == 0
    assert err.startswith("Computing the metrics of 2 runs: ")
    for found in json.loads(out)["runs"]:
        report = json.loads(run("report", sweep / found["name"], "--format", "json").out)
        assert found["measured"]
        assert found["key_frequencies"] == report["key_frequencies"]
        assert found["metrics"]["loss.test"] == report["loss"]["test"]
        assert found["test_accuracy"] == report["accuracy"]["test"]
    again = run("runs", sweep, "--where", "loss.test>0", "--format", "json")  # from the cache
    assert [found["name"] for found in json.loads(again.out)["runs"]] == ["1.0-0", "1.0-1"]
    assert json.loads(again.out)["runs"] == json.loads(out)["runs"]


def test_json_of_names_and_numbers_that_json_lacks(sweep, run, tmp_path) -> None:
    copy = tmp_path / os.fsdecode(b"odd-\xff")
    shutil.copytree(sweep / "0.5-0", copy)
    recorded = json.loads((copy / "run.json").read_text())
    recorded["training"]["note"] = math.inf
    (copy / "run.json").write_text(json.dumps(recorded))
    (found,) = json.loads(run("runs", tmp_path, "--format", "json").out)["runs"]
    assert found["name"] == "odd-\ufffd"
    assert found["settings"]["note"] is None


def test_csv_has_a_row_for_each_run(sweep, run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("runs", sweep, "--format", "csv").out)))
    assert [row["name"] for row in rows] == ["0.5-0", "0.5-1", "1.0-0", "1.0-1"]
    assert [row["weight_decay"] for row in rows] == ["0.5", "0.5", "1.0", "1.0"]
    assert all(row["grokked"] == "" and math.isfinite(float(row["test_loss"])) for row in rows)


def test_markdown_has_the_columns_of_the_table_and_the_curve(sweep, run) -> None:
    lines = run("runs", sweep, "--format", "md").out.splitlines()
    assert lines[0].startswith("| run | seed | weight_decay | state | epochs |")
    assert lines[2].startswith("| 0.5-0 | 0 | 0.5 | finished | 20 |")
    assert set("▁▂▃▄▅▆▇█") & set(lines[2])


def test_groups_have_their_number_of_runs(sweep, run) -> None:
    out = run("runs", sweep, "--group-by", "!seed").out
    assert out.startswith("2 groups of 4 runs by weight_decay")
    assert [row[:2] for row in table(out)[1:]] == [["0.5", "2"], ["1.0", "2"]]
    groups = json.loads(run("runs", sweep, "--group-by", "weight_decay", "--format", "json").out)["groups"]
    runs = json.loads(run("runs", sweep, "--format", "json").out)["runs"]
    for group in groups:
        losses = [found["test_loss"] for found in runs if found["settings"]["weight_decay"] == group["weight_decay"]]
        assert group["n"] == 2
        assert group["test_loss_mean"] == pytest.approx(sum(losses) / 2)
        assert group["test_loss_sd"] == pytest.approx(abs(losses[0] - losses[1]) / math.sqrt(2))


def test_the_ending_of_the_file_is_the_default_format(sweep, run, tmp_path) -> None:
    assert run("runs", sweep, "--output", tmp_path / "a.csv").status == 0
    assert (tmp_path / "a.csv").read_text().startswith("name,")
    assert run("runs", sweep, "--output", tmp_path / "a.json").status == 0
    assert json.loads((tmp_path / "a.json").read_text())["runs"]


def test_the_folder_that_one_is_in_is_the_default(sweep, run, monkeypatch) -> None:
    monkeypatch.chdir(sweep)
    assert run("runs").out.startswith("4 runs")


def test_a_damaged_run_has_a_row_that_says_why(sweep, run, tmp_path) -> None:
    shutil.copytree(sweep / "0.5-0", tmp_path / "good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{")
    status, out, _ = run("runs", tmp_path, "--measure", "--format", "json")
    bad, good = json.loads(out)["runs"]
    assert status == 0
    assert (bad["state"], good["state"]) == ("damaged", "finished")
    assert "not valid JSON" in bad["problem"]


def test_a_run_that_cannot_be_measured_is_named(case, run, tmp_path) -> None:
    copy = Path(shutil.copytree(case("A01"), tmp_path / "run"))
    (copy / "grok-tui.toml").write_text('operation = "add"\n')
    os.utime(copy / "grok-tui.toml", (time() - 3600, time() - 3600))  # a file that just changed is of a growing run
    status, out, err = run("runs", tmp_path, "--measure")
    assert status == 1
    assert "1 run" in out
    assert err.splitlines()[1].startswith("Not measured: ")


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (("--where", "wight_decay>1"), 2, "did you mean weight_decay"),
        (("--where", "seed>many"), 2, "> compares with a number"),
        (("--sort", "sed"), 2, "did you mean seed"),
        (("--group-by", "!sed"), 2, "did you mean seed"),
        (("--measure", "--no-cache"), 1, "omit --no-cache"),
        (("--measure", "--on", "moon"), 2, "--on is local, slurm or ray"),
        (("--on", "slurm"), 2, "pass --measure too"),
        (("--output", "a.xyz"), 2, "--output ends in"),
    ],
)
def test_wrong_options_are_one_sentence(sweep, run, options, status, sentence) -> None:
    result = run("runs", sweep, *options)
    assert (result.status, result.out) == (status, "")
    assert sentence in result.err


def test_a_folder_without_runs_is_an_error(run, tmp_path) -> None:
    assert run("runs", tmp_path).status == 1
    assert "contains no run" in run("runs", tmp_path).err
    assert "does not exist" in run("runs", tmp_path / "missing").err
