"""`grok-tui train`: what is trained, recipes, the log for programs, stopping."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grok_tui.cli.main import main
from tests.waiting import PATIENCE_SECONDS

TINY = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")
SMALL = (*TINY, "--save-every", "10")
ENDLESS = (*TINY, "--save-every", "100000", "--epochs", "100000000")


@pytest.mark.parametrize(
    ("operation", "model"),
    [("multiply", "(x · y) mod 5"), ("divide", "(x / y) mod 5"), ("x^2+xy+y^2", "(x^2 + x·y + y^2) mod 5")],
)
def test_every_operation_is_trained(tmp_path, run, operation, model) -> None:
    status, _, err = run("train", tmp_path / "run", *SMALL, "--epochs", 10, "--operation", operation)
    assert status == 0
    assert model in err.splitlines()[0]
    assert f"model        {model.replace('(', '').replace(') mod ', ', p = ')}" in run("info", tmp_path / "run").out


def test_a_table_of_answers_is_trained_with_as_many_numbers_as_it_has_rows(tmp_path, run) -> None:
    table = tmp_path / "table.txt"
    table.write_text("\n".join(" ".join(str(max(x, y)) for y in range(6)) for x in range(6)))
    settings = ("--operation", f"table:{table}", *SMALL[2:], "--epochs", 10)
    status, _, err = run("train", tmp_path / "run", *settings)
    assert status == 0
    assert "(table(x, y)) mod 6" in err.splitlines()[0]
    status, _, err = run("train", tmp_path / "other", *settings, "--p", 5)
    assert (status, err) == (2, "The operation 'table' with p = 5 needs a table of 25 answers; found 36.\n")
    status, _, err = run("train", tmp_path / "other", *SMALL, "--operation", "power")
    assert status == 2
    assert "or table:FILE; found 'power'" in err


def test_a_trained_run_is_not_trained_again(tmp_path, run) -> None:
    for _ in range(2):
        status, _, err = run("train", tmp_path / "run", *SMALL, "--epochs", 20)
        assert status == 0
    assert err.splitlines()[-1] == f"{tmp_path / 'run'} is already trained to epoch 20; a larger --epochs extends it."


def test_threads_are_set_for_the_training(tmp_path, run, monkeypatch) -> None:
    threads = []
    monkeypatch.setattr("torch.set_num_threads", threads.append)
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 10, "--threads", 2)[0] == 0
    assert threads == [2]
    status, _, err = run("train", tmp_path / "other", *SMALL, "--threads", 0)
    assert (status, err) == (1, "--threads is between 1 and 1,024; found 0.\n")


def test_the_log_for_programs(tmp_path, run) -> None:
    path = tmp_path / "run"
    _, out, _ = run("train", path, *SMALL, "--epochs", 20, "--test-every", 5, "--json-log")
    events = [json.loads(line) for line in out.splitlines()]
    order = [(event["event"], event.get("epoch")) for event in events]
    assert order == [
        ("plan", None), ("checkpoint", 0), ("progress", 0), ("progress", 5), ("checkpoint", 10), ("progress", 10),
        ("progress", 15), ("checkpoint", 20), ("progress", 20), ("done", 20),
    ]  # fmt: skip
    plan, first, last = events[0], events[2], events[-1]
    assert (plan["model"]["p"], plan["training"]["epochs"], plan["train_pairs"], plan["checkpoints"]) == (5, 20, 7, 3)
    assert (first["epochs_per_second"], last["reason"]) == (None, "epochs")
    assert all(Path(event["file"]).is_file() for event in events if event["event"] == "checkpoint")
    recorded = (path / "losses.csv").read_text().splitlines()[-1].split(",")
    assert recorded == ["20", repr(last["train_loss"]), repr(last["test_loss"])]


def test_the_log_has_the_error(tmp_path, run) -> None:
    (tmp_path / "mine").touch()
    status, out, err = run("train", tmp_path, *SMALL, "--json-log")
    event = json.loads(out.splitlines()[-1])
    assert (status, event["event"], event["reason"]) == (1, "stopped", "error")
    assert event["message"] == err.splitlines()[-1]
    assert "is not a run; train into a new folder" in event["message"]


def test_training_continues_if_the_reader_of_the_log_has_ended(tmp_path, monkeypatch, capsys) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as log:
        monkeypatch.setattr("sys.stdout", log)
        assert main(["train", str(tmp_path / "run"), *SMALL, "--epochs", "20", "--json-log"]) == 0
    assert capsys.readouterr().err.splitlines()[-1].startswith("Wrote 3 checkpoints")


def test_a_second_training_is_refused_and_a_signal_stops_the_first(tmp_path, run) -> None:
    path = tmp_path / "run"
    command = [sys.executable, "-m", "grok_tui", "train", str(path), *ENDLESS, "--json-log"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as training:
        assert training.stdout is not None
        while json.loads(training.stdout.readline())["event"] != "checkpoint":
            pass
        status, _, refusal = run("train", path, *ENDLESS)
        training.send_signal(signal.SIGTERM)
        out, err = training.communicate(timeout=PATIENCE_SECONDS)
    assert status == 1
    assert f"is being trained by process {training.pid} on " in refusal.splitlines()[-1]
    assert training.returncode == 128 + signal.SIGTERM
    stopped = json.loads(out.splitlines()[-1])
    assert (stopped["event"], stopped["reason"]) == ("stopped", "SIGTERM")
    assert f"Stopped at epoch {stopped['epoch']:,}; everything is saved. To continue: grok-tui train" in err
    assert (path / "losses.csv").read_text().splitlines()[-1].startswith(f"{stopped['epoch']},")
    assert not (path / "training.lock").exists()


def test_a_recipe_is_recorded_and_explicit_options_override_it(tmp_path, run) -> None:
    options = ("--recipe", "nanda2023", *SMALL, "--epochs", 20)
    status, _, err = run("train", tmp_path / "run", *options)
    assert status == 0
    assert err.splitlines()[2].endswith("in float32; recipe nanda2023")
    recorded = json.loads((tmp_path / "run" / "run.json").read_text())
    assert recorded["training"]["recipe"] == "nanda2023"
    assert (recorded["model"]["p"], recorded["training"]["epochs"], recorded["training"]["lr"]) == (5, 20, 1e-3)
    for again in ((), options, ("--recipe", "nanda2023")):
        assert run("train", tmp_path / "run", *again)[0] == 0
    assert "recipe nanda2023" in run("info", tmp_path / "run").out


def test_an_unknown_recipe_names_those_that_there_are(tmp_path, run) -> None:
    status, _, err = run("train", tmp_path / "run", "--recipe", "zhang2023")
    assert status == 2
    assert "nanda2023" in err
    assert not (tmp_path / "run").exists()
