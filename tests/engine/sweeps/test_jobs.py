"""The jobs of a sweep: a run each, or packed by shape."""

from __future__ import annotations

from engine.sweeps.grid import combine, parse_grids
from engine.sweeps.jobs import training_jobs
from engine.sweeps.preparation import plan_sweep


def test_runs_of_one_shape_are_packed_in_their_order(tmp_path) -> None:
    points = combine(parse_grids(["p=5,7"]), parse_grids(["seed=0:3", "weight_decay=0.3,1"]))
    runs = plan_sweep(tmp_path / "sweep", {"d_model": 8, "n_heads": 2, "d_mlp": 8}, points).runs
    jobs = training_jobs(runs, pack=4)
    assert [[run.name for run in job.runs] for job in jobs] == [
        [f"p={p},seed={seed},weight_decay={decay}" for seed in seeds for decay in ("0.3", "1")]
        for p in (5, 7) for seeds in ((0, 1), (2,))
    ]  # fmt: skip
    assert all(job.packed and job.action == "train" for job in jobs)


def test_single_runs_are_not_packed(tmp_path) -> None:
    runs = plan_sweep(tmp_path / "sweep", {"p": 5}, parse_grids(["seed=0:3"])).runs
    assert [len(job.runs) for job in training_jobs(runs)] == [1, 1, 1]
    assert [job.packed for job in training_jobs(runs, pack=2)] == [True, False]
