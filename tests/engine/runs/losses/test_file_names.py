"""Files of losses are found by their usual names, beside the checkpoints or one folder above."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.runs.losses.file_names import find_loss_files


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")


def found(folder: Path, root: Path) -> list[str]:
    return [Path(path).relative_to(root).as_posix() for path in find_loss_files(str(folder))]


def test_usual_names_and_no_others(tmp_path):
    usual = ["losses.csv", "metrics.csv", "history.json", "train_log.jsonl", "trainer_state.json"]
    write(tmp_path / "run", *usual, "config.json", "results.txt", "seed_1_losses.csv", "metrics.csv.bak", "notes.csv")
    assert found(tmp_path / "run", tmp_path) == [f"run/{name}" for name in usual]


def test_one_folder_above_checkpoints(tmp_path):
    write(tmp_path, "run/metrics.csv", "run/checkpoints/step_1.pt", "run/other/step_1.pt")
    assert found(tmp_path / "run" / "checkpoints", tmp_path) == ["run/metrics.csv"]
    assert found(tmp_path / "run" / "other", tmp_path) == []


def test_lightnings_logs_one_folder_above_checkpoints(tmp_path):
    write(tmp_path, "run/lightning_logs/version_7/metrics.csv", "run/checkpoints/step_1.pt")
    assert found(tmp_path / "run" / "checkpoints", tmp_path) == ["run/lightning_logs/version_7/metrics.csv"]


def test_the_only_version_of_lightnings_logs(tmp_path):
    write(tmp_path, "run/lightning_logs/version_0/metrics.csv", "run/lightning_logs/version_0/hparams.yaml")
    assert found(tmp_path / "run", tmp_path) == ["run/lightning_logs/version_0/metrics.csv"]
    write(tmp_path, "run/lightning_logs/version_1/metrics.csv")
    assert found(tmp_path / "run", tmp_path) == []


def test_a_folder_that_cannot_be_listed(tmp_path):
    with pytest.raises(OSError, match="absent"):
        find_loss_files(str(tmp_path / "absent"))
