"""The size of a sweep before it starts."""

from __future__ import annotations

import torch

from engine import plan, train
from engine.runs.native_run import recorded_settings
from engine.sweeps.estimate import disk_bytes, estimated_seconds, step_seconds
from engine.sweeps.grid import parse_grids
from engine.sweeps.preparation import plan_sweep, write_plan

BASE = {"p": 5, "d_model": 8, "n_heads": 2, "d_mlp": 8, "epochs": 1000}


def test_disk_is_the_sum_over_the_runs(tmp_path) -> None:
    runs = plan_sweep(tmp_path / "sweep", BASE, parse_grids(["seed=0:3"])).runs
    assert disk_bytes(runs) == 3 * plan(runs[0].config, runs[0].training).disk_bytes


def test_only_missing_epochs_take_time(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("engine.sweeps.estimate.step_seconds", lambda *settings: 0.01)
    planned = plan_sweep(tmp_path / "sweep", BASE, parse_grids(["seed=0:3"]))
    assert estimated_seconds(planned.runs, workers=1, threads=1, device="cpu") == 30.0
    assert estimated_seconds(planned.runs, workers=2, threads=1, device="cpu") == 15.0
    assert estimated_seconds(planned.runs, workers=8, threads=1, device="cpu") == 10.0  # the longest run
    write_plan(planned)
    config, training = recorded_settings(planned.runs[0].path)
    train(config, training, path=planned.runs[0].path)
    assert estimated_seconds(planned.runs, workers=1, threads=1, device="cpu") == 20.0


def test_a_step_is_measured_in_memory_with_the_threads_of_a_worker(tmp_path) -> None:
    (run,) = plan_sweep(tmp_path / "sweep", BASE, parse_grids(["seed=0"])).runs
    threads = torch.get_num_threads()
    assert step_seconds(run.config, run.training, threads=1, device="cpu") > 0
    assert torch.get_num_threads() == threads
    assert list(tmp_path.iterdir()) == []
