"""`grok-tui train` on a run that exists: it continues, is extended, or refuses other settings."""

from __future__ import annotations

import json

import pytest

from engine.training.graceful_stop import GracefulStop
from tests.soak.kill_training import require_same

TINY = ("--p", "5", "--d-model", "8", "--n-heads", "2", "--d-mlp", "8")
SMALL = (*TINY, "--save-every", "10")


def test_the_suggested_command_continues_to_the_same_run(tmp_path, run, monkeypatch) -> None:
    settings = (*SMALL, "--epochs", "40", "--betas", "0.8", "0.95")
    assert run("train", tmp_path / "whole", *settings)[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr(GracefulStop, "reason", "SIGTERM", raising=False)
        patched.setattr(
            GracefulStop, "requested", lambda self: (tmp_path / "run/checkpoints/epoch-000010.safetensors").exists()
        )
        patched.setattr(GracefulStop, "status", 143)
        status, _, err = run("train", tmp_path / "run", *settings)
    assert status == 143
    command = err.splitlines()[-1].partition("grok-tui ")[2]
    assert command.startswith("train ")
    status, _, err = run(*command.split())
    assert status == 0
    assert "Continuing from epoch 11." in err
    require_same(tmp_path / "run", tmp_path / "whole")


def test_a_run_continues_without_options(tmp_path, run, monkeypatch) -> None:
    settings = (*SMALL, "--epochs", "40", "--seed", "3", "--stop-when", "1e-9", "--operation", "subtract")
    assert run("train", tmp_path / "whole", *settings)[0] == 0
    with monkeypatch.context() as patched:
        patched.setattr(GracefulStop, "reason", "SIGTERM", raising=False)
        patched.setattr(GracefulStop, "requested", lambda self: (tmp_path / "run/resume.safetensors").exists())
        patched.setattr(GracefulStop, "status", 143)
        _, _, err = run("train", tmp_path / "run", *settings, "--threads", "1")
    assert err.splitlines()[-1].endswith(f"To continue: grok-tui train {tmp_path / 'run'} --threads 1")
    assert run("train", tmp_path / "run")[0] == 0
    require_same(tmp_path / "run", tmp_path / "whole")


def test_a_finished_run_is_extended(tmp_path, run) -> None:
    assert run("train", tmp_path / "whole", *SMALL, "--epochs", 40)[0] == 0
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 25)[0] == 0
    status, _, err = run("train", tmp_path / "run", "--epochs", 40)
    assert status == 0
    assert "Continuing from epoch 25." in err
    require_same(tmp_path / "run", tmp_path / "whole")


def test_stop_when_0_means_never(tmp_path, run) -> None:
    settings = (*SMALL, "--epochs", 40, "--frac-train", 0.9)
    assert run("train", tmp_path / "whole", *settings)[0] == 0
    err = run("train", tmp_path / "run", *settings, "--stop-when", 1.71).err  # the test loss is 1.713 first, then 1.706
    assert "The test loss is below 1.71 at epoch 10." in err
    again = run("train", tmp_path / "run").err
    assert again.splitlines()[-1].endswith("is already trained to epoch 10; a smaller --stop-when extends it.")
    assert run("train", tmp_path / "run", "--stop-when", 0)[0] == 0
    require_same(tmp_path / "run", tmp_path / "whole")


@pytest.mark.parametrize(
    ("options", "difference"),
    [
        (("--lr", "0.1"), "lr: recorded 0.001, requested 0.1"),
        (("--p", "7"), "p: recorded 5, requested 7"),
        (("--epochs", "10"), "epochs: recorded 20, requested 10"),
        (("--operation", "subtract"), "operation: recorded add, requested subtract"),
        (("--betas", "0.9", "0.99"), "betas: recorded (0.9, 0.98), requested (0.9, 0.99)"),
        (("--save-every", "20"), "save_every: recorded 10, requested 20"),
        (("--recipe", "nanda2023"), "recipe: recorded none, requested nanda2023"),
        (("--lr", "1", "--seed", "1"), "seed: recorded 0, requested 1; lr: recorded 0.001, requested 1.0"),
    ],
)
def test_other_settings_are_refused_before_the_plan(tmp_path, run, options, difference) -> None:
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 20)[0] == 0
    status, out, err = run("train", tmp_path / "run", *options, "--json-log")
    assert status == 1
    assert err.startswith(f"{tmp_path / 'run'} is a run with other settings ({difference}); ")
    assert [json.loads(line)["event"] for line in out.splitlines()] == ["stopped"]


def test_the_same_options_continue_a_run(tmp_path, run) -> None:
    settings = (*TINY, "--epochs", 20, "--betas", "0.5", "0.75", "--stop-when", "1e-9", "--save-every", "010")
    for _ in range(2):
        assert run("train", tmp_path / "run", *settings)[0] == 0


def test_a_stop_when_reached_before_is_refused_before_the_plan(tmp_path, run) -> None:
    assert run("train", tmp_path / "run", *SMALL, "--epochs", 20)[0] == 0
    status, _, err = run("train", tmp_path / "run", "--stop-when", 100)
    assert status == 1
    assert err.startswith(f"With --stop-when 100, {tmp_path / 'run'} would have ended at epoch 0, ")
