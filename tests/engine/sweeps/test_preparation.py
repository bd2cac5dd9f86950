"""A sweep becomes native runs; later calls add runs or extend them, and nothing is written unless all is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine import GrokError, InvalidConfig, LockedRun, WrongUsage, train
from engine.runs.native_run import record_training, recorded_settings
from engine.runs.training_lock import training_lock
from engine.sweeps.grid import parse_grids
from engine.sweeps.preparation import SweepPlan, plan_sweep, write_plan
from engine.sweeps.sweep_json import InvalidSweep, read_sweep
from engine.training.run_options import settings_of_new_run
from tests.soak.kill_training import contents, require_same

BASE = {"p": 5, "d_model": 8, "n_heads": 2, "d_mlp": 8, "epochs": 20, "save_every": "10"}


def sweep(path: Path, *grids: str, **base: int | float) -> SweepPlan:
    """Plan a sweep and write it."""
    plan = plan_sweep(path, base, parse_grids(grids) if grids else [])
    write_plan(plan)
    return plan


@pytest.fixture
def path(tmp_path) -> Path:
    return tmp_path / "sweep"


def test_each_point_becomes_a_run_with_only_its_run_json(path) -> None:
    sweep(path, "weight_decay=0.3,1", "seed=0:2", **BASE)
    names = ["weight_decay=0.3,seed=0", "weight_decay=0.3,seed=1", "weight_decay=1,seed=0", "weight_decay=1,seed=1"]
    assert sorted(contents(path)) == sorted(["sweep.json", *(f"runs/{name}/run.json" for name in names)])
    config, training = recorded_settings(path / "runs" / names[1])
    assert (config.p, training.weight_decay, training.seed, training.epochs) == (5, 0.3, 1, 20)


def test_a_run_prepared_and_trained_is_the_run_trained_alone(path, tmp_path) -> None:
    (run,) = sweep(path, "seed=3", **BASE).runs
    train(*recorded_settings(run.path), path=run.path)
    train(*settings_of_new_run({**BASE, "seed": 3}), path=tmp_path / "alone")
    require_same(run.path, tmp_path / "alone")


def test_a_larger_grid_adds_runs_and_renames_none(path) -> None:
    sweep(path, "seed=0:2", **BASE)
    plan = sweep(path, "seed=0:3", "weight_decay=1,3")
    assert [run.point.name for run in plan.runs] == [
        "seed=0", "seed=1", "seed=0,weight_decay=3", "seed=1,weight_decay=3", "seed=2,weight_decay=1",
        "seed=2,weight_decay=3",
    ]  # fmt: skip
    assert [run.change for run in plan.runs] == [None, None, "new", "new", "new", "new"]
    assert read_sweep(path) == plan.sweep


def test_the_same_call_again_changes_nothing(path) -> None:
    sweep(path, "seed=0:2", **BASE)
    before = contents(path)
    plan = sweep(path, "seed=0:2", **BASE)
    assert [run.change for run in plan.runs] == [None, None]
    assert sweep(path).runs == plan.runs
    assert contents(path) == before


def test_what_a_crash_left_out_is_written_by_the_next_call(path) -> None:
    sweep(path, "seed=0:2", **BASE)
    (path / "runs/seed=1/run.json").unlink()
    assert [run.change for run in sweep(path).runs] == [None, "new"]
    assert (path / "runs/seed=1/run.json").is_file()


def test_what_prevents_writing_one_of_many_runs_is_raised_and_the_next_call_writes_it(path) -> None:
    plan = plan_sweep(path, BASE, parse_grids(["seed=0:40"]))
    (path / "runs").mkdir(parents=True)
    (path / "runs/seed=7").touch()
    with pytest.raises(OSError, match="seed=7"):
        write_plan(plan)
    (path / "runs/seed=7").unlink()
    sweep(path)
    assert all((run.path / "run.json").is_file() for run in plan.runs)


def test_a_later_end_extends_every_run(path, tmp_path) -> None:
    for run in sweep(path, "seed=0:2", **BASE).runs:
        train(*recorded_settings(run.path), path=run.path)
    plan = sweep(path, epochs=30)
    assert [run.change for run in plan.runs] == ["extended", "extended"]
    for seed, run in enumerate(plan.runs):
        train(*recorded_settings(run.path), path=run.path)
        train(*settings_of_new_run({**BASE, "seed": seed, "epochs": 30}), path=tmp_path / str(seed))
        require_same(run.path, tmp_path / str(seed))
    assert [run.training.epochs for run in sweep(path, "seed=0:3").runs] == [30, 30, 30]


def test_a_run_that_was_extended_alone_stays_so(path) -> None:
    sweep(path, "seed=0:2", **BASE)
    record_training(path / "runs/seed=0", {"epochs": 50})
    assert [run.training.epochs for run in sweep(path, **BASE).runs] == [50, 20]


def test_other_settings_are_refused_before_anything_is_written(path) -> None:
    sweep(path, "seed=0:2", **BASE)
    before = contents(path)
    with pytest.raises(GrokError, match=r"runs/seed=0 is a run with other settings \(lr: recorded 0\.001, requested"):
        sweep(path, "seed=0:3", lr=0.1)
    with pytest.raises(GrokError, match="epochs: recorded 20, requested 10"):
        sweep(path, epochs=10)
    assert contents(path) == before


@pytest.mark.parametrize(
    ("grids", "base", "sentence"),
    [
        (["weight_decay=1,-1", "seed=0:2"], {}, "weight_decay=-1,seed=0: weight_decay must be at least 0; found -1.0."),
        (["frac_train=0.3,0.01"], {"p": 5}, "frac_train=0.01: frac_train 0.01 of 25 pairs is 0"),
        (["d_model=128,30"], {}, "d_model=30: d_model must be a multiple of n_heads; found 30 and 4."),
    ],
)
def test_an_invalid_setting_is_refused_with_its_point(path, grids, base, sentence) -> None:
    with pytest.raises(InvalidConfig) as error:
        sweep(path, *grids, **base)
    assert sentence in str(error.value)
    assert not path.exists()


def test_an_option_is_either_shared_or_varies(path) -> None:
    with pytest.raises(WrongUsage, match="seed varies within the sweep"):
        sweep(path, "seed=0:2", seed=3)


def test_points_whose_names_would_be_equal_are_numbered(path, tmp_path) -> None:
    for name in ("a+b", "a b"):
        (tmp_path / name).write_text("0 1 2\n1 2 0\n2 0 1\n" if name == "a b" else "0 1 2\n1 1 2\n2 2 2\n")
    tables = [{"operation": f"table:{tmp_path / name}"} for name in ("a b", "a+b")]
    assert len({run.point.name for run in plan_sweep(path, {}, tables).runs}) == 2
    (tmp_path / "a_b").write_text("2 1 2\n1 1 2\n2 2 2\n")
    plan = plan_sweep(path, {}, [*tables, {"operation": f"table:{tmp_path / 'a_b'}"}])
    names = [run.point.name for run in plan.runs]
    assert names[2] == f"{names[0]}-2"


def test_a_sweep_with_a_table_of_answers_continues_from_any_folder(path, tmp_path, monkeypatch) -> None:
    (tmp_path / "max.txt").write_text("0 1 2\n1 1 2\n2 2 2\n")
    monkeypatch.chdir(tmp_path)
    (run,) = sweep(path, "operation=table:max.txt").runs
    assert run.point.name == "operation=table_max.txt"
    monkeypatch.chdir("/")
    assert sweep(path).runs[0].config.table == (0, 1, 2, 1, 1, 2, 2, 2, 2)


def test_a_folder_that_is_not_a_sweep_is_refused(path, tiny_run) -> None:
    with pytest.raises(InvalidSweep, match="already exists and is not a sweep; pass a new folder"):
        sweep(tiny_run, "seed=0:2")
    path.mkdir()
    sweep(path, "seed=0:2", **BASE)


def test_without_a_sweep_there_is_nothing_to_continue(path) -> None:
    with pytest.raises(WrongUsage, match=r"has no sweep\.json, so there is nothing to continue; pass --grid"):
        sweep(path)


def test_a_damaged_run_does_not_prevent_the_others(path) -> None:
    sweep(path, "seed=0:2", **BASE)
    (path / "runs/seed=0/run.json").write_text("{}")
    assert [run.change for run in sweep(path).runs] == [None, None]


def test_a_run_in_training_is_not_extended(path) -> None:
    (run,) = sweep(path, "seed=0", **BASE).runs
    with training_lock(run.path), pytest.raises(LockedRun):
        sweep(path, epochs=30)
    assert sweep(path).sweep.base["epochs"] == 20


def test_two_calls_at_once_do_not_overwrite_each_other(path) -> None:
    first, second = (plan_sweep(path, BASE, parse_grids([f"seed={seed}"])) for seed in (0, 1))
    write_plan(first)
    with pytest.raises(InvalidSweep, match="was changed by another call at the same time"):
        write_plan(second)
    assert read_sweep(path) == first.sweep


def test_the_number_of_threads_is_recorded(path) -> None:
    write_plan(plan_sweep(path, BASE, parse_grids(["seed=0"]), threads=2))
    assert plan_sweep(path, {}, []).sweep.threads == 2
