"""Which runs are found below a folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.errors import UnreadableRun
from engine.many_runs.discovery import find_runs


def found(*paths: Path) -> list[tuple[str, str]]:
    return [(run.name, run.kind) for run in find_runs(paths)]


def touch(folder: Path, *names: str) -> Path:
    """Empty files: discovery reads names alone."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    return folder


def test_native_runs_are_found_in_natural_order_wherever_they_are(tiny_run, tmp_path) -> None:
    for name in ("run10", "run9", "more/runs/a"):
        shutil.copytree(tiny_run, tmp_path / name)
    assert found(tmp_path) == [("more/runs/a", "native"), ("run9", "native"), ("run10", "native")]


def test_the_runs_of_a_sweep_are_named_as_in_its_sweep_json(tmp_path) -> None:
    touch(tmp_path, "wd/sweep.json", "wd/slurm/job.sh", "wd/runs/seed=0/run.json", "wd/runs/seed=1/run.json")
    assert found(tmp_path) == [("wd/seed=0", "native"), ("wd/seed=1", "native")]
    assert found(tmp_path / "wd") == found(tmp_path / "wd" / "runs") == [("seed=0", "native"), ("seed=1", "native")]
    assert [name for name, _ in found(tmp_path, tmp_path / "wd")] == [f"{tmp_path}/wd/seed={seed}" for seed in (0, 1)]


def test_runs_beside_those_of_a_sweep_leave_all_names_unique(tmp_path) -> None:
    touch(tmp_path, "sweep.json", "runs/seed=0/run.json", "seed=0/run.json")
    assert found(tmp_path) == [("runs/seed=0", "native"), ("seed=0", "native")]


def test_a_run_itself_is_found_by_its_name(tiny_run) -> None:
    assert found(tiny_run) == found(tiny_run / "run.json") == [("tiny", "native")]


def test_nothing_below_a_native_run_is_another_run(tmp_path) -> None:
    touch(tmp_path / "a", "run.json", "checkpoints/epoch-000000.safetensors", "old/step_1.pt", "old/step_2.pt")
    assert found(tmp_path) == [("a", "native")]


def test_a_folder_of_checkpoints_is_one_run(tmp_path) -> None:
    touch(tmp_path, "a/step_1.pt", "a/step_2.pt", "a/other.pt", "b/checkpoints/step_1.pt", "b/config.json")
    touch(tmp_path, "c/checkpoint-100/model.safetensors", "c/checkpoint-500/model.safetensors", "d/init.pth", "d/3.pth")
    assert found(tmp_path) == [(name, "checkpoints") for name in "abcd"]


def test_a_folder_with_a_run_may_have_others_below_it(tmp_path) -> None:
    touch(tmp_path, "step_1.pt", "step_2.pt", "saved/step_1.pt", "ablation/step_1.pt", "ablation/step_2.pt")
    assert found(tmp_path) == [(tmp_path.name, "checkpoints"), ("ablation", "checkpoints")]


def test_of_files_that_are_not_a_series_each_is_a_run(tmp_path) -> None:
    touch(tmp_path, "deep/model_A.pt", "deep/model_B.pt", "deep/p59.pt", "deep/encoder_2_layers.pt", "deep/config.json")
    names = ["encoder_2_layers.pt", "model_A.pt", "model_B.pt", "p59.pt"]
    assert found(tmp_path) == [(f"deep/{name}", "file") for name in names]
    assert found(tmp_path / "deep") == [(name, "file") for name in names]
    assert found(tmp_path / "deep" / "model_A.pt") == [("model_A.pt", "file")]


def test_a_folder_of_losses_counts_unless_it_has_runs_below(tmp_path) -> None:
    touch(tmp_path, "losses.csv", "a/metrics.csv", "b/notes.csv")
    assert found(tmp_path) == [("a", "losses")]


def test_hidden_folders_are_skipped(tmp_path) -> None:
    touch(tmp_path, ".cache/run.json", "a/.git/step_1.pt", "a/run.json")
    assert found(tmp_path) == [("a", "native")]


def test_links_are_followed_once(tmp_path) -> None:
    touch(tmp_path, "a/run.json")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "z").symlink_to(tmp_path / "a")
    outside = touch(tmp_path.parent / f"{tmp_path.name}-outside", "b/run.json")
    (tmp_path / "linked").symlink_to(outside)
    assert found(tmp_path) == [("a", "native"), ("linked/b", "native")]


def test_a_run_below_two_paths_is_found_once_and_names_begin_with_the_path(tmp_path) -> None:
    touch(tmp_path, "a/one/run.json", "b/one/run.json")
    paths = [tmp_path / "a", tmp_path / "b", tmp_path / "a" / "one"]
    assert found(*paths) == [(f"{tmp_path}/a/one", "native"), (f"{tmp_path}/b/one", "native")]


def test_a_path_that_does_not_exist_is_an_error(tmp_path) -> None:
    with pytest.raises(UnreadableRun, match="does not exist"):
        found(tmp_path, tmp_path / "missing")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder")
def test_a_folder_that_may_not_be_listed_is_skipped(tmp_path) -> None:
    touch(tmp_path, "a/run.json", "b/c/run.json")
    (tmp_path / "b").chmod(0)
    try:
        assert found(tmp_path) == [("a", "native")]
    finally:
        (tmp_path / "b").chmod(0o700)


def test_an_empty_folder_has_no_runs(tmp_path) -> None:
    assert found(tmp_path) == []


def test_the_real_runs_are_found(case) -> None:
    cases = case("A13").parent
    assert {("A13/run", "checkpoints"), ("A27/hf", "checkpoints"), ("A15/net.pt", "file")} <= set(found(cases))


def test_folders_nested_beyond_reason_are_skipped(tmp_path) -> None:
    touch(tmp_path, "near/run.json", "/".join(["d"] * 400) + "/run.json")
    assert found(tmp_path) == [("near", "native")]
