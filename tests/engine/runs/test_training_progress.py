"""How far a run is trained, from its files alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from engine import UnreadableRun
from engine.runs.native_run import record_training, recorded_settings, write_run
from engine.runs.training_lock import training_lock
from engine.runs.training_progress import RecordedProgress, read_progress, saved_epoch
from engine.training.plan import training_split
from engine.training.trainer import train


@pytest.fixture
def copied(tiny_run, tmp_path):
    """A run of 40 epochs that may be changed."""
    return shutil.copytree(tiny_run, tmp_path / "run")


def test_a_finished_run(copied) -> None:
    config, training = recorded_settings(copied)
    trained = train(config, training, path=copied)
    expected = RecordedProgress(40, 40, trained.progress.train_loss, trained.progress.test_loss, finished=True)
    assert read_progress(copied) == expected


def test_a_run_with_a_later_end_is_not_finished(copied) -> None:
    record_training(copied, {"epochs": 50})
    progress = read_progress(copied)
    assert (progress.epoch, progress.epochs, progress.finished) == (40, 50, False)


def test_a_run_without_a_save_has_no_epoch(tiny_run, tmp_path) -> None:
    config, training = recorded_settings(tiny_run)
    write_run(tmp_path / "run", config, training_split(config, training), training)
    assert read_progress(tmp_path / "run") == RecordedProgress(None, 40, None, None, finished=False)
    assert saved_epoch(tmp_path / "run") is None


def test_a_run_below_its_test_loss_is_finished(tiny_run, tmp_path) -> None:
    config, training = recorded_settings(tiny_run)
    trained = train(config, replace(training, stop_when=100.0), path=tmp_path / "run")
    assert (trained.ending, trained.progress.epoch) == ("test_loss", 0)
    assert read_progress(tmp_path / "run").finished


def test_a_run_that_was_stopped_at_such_an_epoch_lacks_its_checkpoint(tiny_run, tmp_path) -> None:
    config, training = recorded_settings(tiny_run)
    run = tmp_path / "run"
    epochs = iter(range(100))
    train(config, replace(training, test_every=5), path=run, should_stop=lambda: next(epochs) == 5)
    record_training(run, {"stop_when": 100.0})
    assert (saved_epoch(run), read_progress(run).finished) == (5, False)
    shutil.copy(run / "checkpoints/epoch-000000.safetensors", run / "checkpoints/epoch-000005.safetensors")
    assert read_progress(run).finished


def test_a_run_is_not_finished_until_its_lock_is_gone(copied) -> None:
    """A trainer that was killed after its last save leaves its lock; training again removes it."""
    with training_lock(copied):
        assert not read_progress(copied).finished
    (copied / "training.lock").touch()
    assert not read_progress(copied).finished
    train(*recorded_settings(copied), path=copied)
    assert read_progress(copied).finished


def test_an_incomplete_last_row_is_not_read(copied) -> None:
    with (copied / "losses.csv").open("a") as file:
        file.write("41,1.5")
    assert read_progress(copied).epoch == 40


def test_the_last_rows_of_a_long_run_are_read(copied) -> None:
    with (copied / "losses.csv").open("a") as file:
        file.writelines(f"{epoch},{epoch / 8},{0.25 if epoch == 9_990 else ''}\n" for epoch in range(41, 10_000))
    progress = read_progress(copied)
    assert (progress.epoch, progress.train_loss, progress.test_loss) == (9_999, 9_999 / 8, 0.25)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"training": {}}', b'{"training": {"epochs": "40"}}', b"\xff"])
def test_an_invalid_run_json_is_named(copied, content) -> None:
    (copied / "run.json").write_bytes(content)
    with pytest.raises(UnreadableRun, match=r"run\.json does not record valid training settings"):
        read_progress(copied)


def test_a_damaged_save_counts_as_none(copied) -> None:
    (copied / "resume.safetensors").write_bytes(b"damaged")
    assert (saved_epoch(copied), read_progress(copied).finished) == (None, False)


def test_reading_progress_imports_neither_torch_nor_numpy(tiny_run) -> None:
    program = (
        "import sys; from pathlib import Path; from engine.runs.training_progress import read_progress;"
        "assert read_progress(Path(sys.argv[1])).finished; print({'torch', 'numpy'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(tiny_run)]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "set()\n"
