"""Training that is interrupted at any time resumes to the same bytes as uninterrupted training."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from itertools import count

import pytest

from engine import GrokError, ModelConfig, SaveSchedule, TrainingConfig, open_run, train
from engine.runs.losses_csv import append_losses
from tests.engine.training.disk_faults import Death, dying_at, full_from
from tests.soak.kill_training import require_same, soak

CONFIG = ModelConfig.standard(p=5, d_model=4, n_heads=2, d_mlp=4)
TRAINING = TrainingConfig(epochs=4, save_every=SaveSchedule.parse("2"), frac_train=0.5)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    path = tmp_path_factory.mktemp("uninterrupted") / "run"
    train(CONFIG, TRAINING, path=path)
    return path


def test_killed_at_random_moments(tmp_path) -> None:
    """`make soak` does the same with more kills."""
    assert soak(kills=6, seed=1, folder=tmp_path).kills == 6


def test_dying_at_every_call_that_changes_the_disk(uninterrupted, tmp_path) -> None:
    """And once more soon after resuming, while it deletes what was not saved completely."""
    for call in count():
        path = tmp_path / str(call)
        try:
            with dying_at(call):
                train(CONFIG, TRAINING, path=path)
        except Death:
            with suppress(Death), dying_at(call % 9):
                train(CONFIG, TRAINING, path=path)
            train(CONFIG, TRAINING, path=path)
            require_same(path, uninterrupted)
        else:
            break
    assert call > 40  # a save alone is a dozen


def test_a_full_disk_is_reported_and_damages_nothing(uninterrupted, tmp_path) -> None:
    for call in count():
        path = tmp_path / str(call)
        with full_from(call):
            try:
                train(CONFIG, TRAINING, path=path)
            except GrokError as error:
                message = str(error)
            else:
                break
        assert "No space left on device; make room on the disk, then run the same command to resume" in message
        assert not [file for file in path.rglob("*") if file.name.endswith((".tmp", ".lock"))]
        if (path / "checkpoints" / "epoch-000000.safetensors").exists():
            assert open_run(path).epochs[0] == 0
        train(CONFIG, TRAINING, path=path)
        require_same(path, uninterrupted)
    assert call > 25


def test_a_failed_append_leaves_the_losses_unchanged(uninterrupted, tmp_path) -> None:
    path = tmp_path / "run"
    shutil.copytree(uninterrupted, path)
    before = (path / "losses.csv").read_bytes()
    with full_from(0), pytest.raises(OSError, match="No space left"):
        append_losses(path, [(5, 1.0, None)])
    assert (path / "losses.csv").read_bytes() == before


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 kB, if the machine allows mounting one."""
    folder = tmp_path / "small"
    folder.mkdir()
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
        )
    except FileNotFoundError:
        pytest.skip("mount is not installed")
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_real_full_disk(small_disk, tmp_path) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
    training = TrainingConfig(epochs=60, save_every=SaveSchedule.parse("2"), frac_train=0.5)
    with pytest.raises(GrokError, match="No space left on device"):
        train(config, training, path=small_disk / "run")
    saved = open_run(small_disk / "run")
    assert len(saved.epochs) > 2
    shutil.copytree(small_disk / "run", tmp_path / "run")
    train(config, training, path=tmp_path / "run")
    train(config, training, path=tmp_path / "uninterrupted")
    require_same(tmp_path / "run", tmp_path / "uninterrupted")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write into any folder")
def test_a_folder_without_permission_is_reported(uninterrupted, tmp_path) -> None:
    path = tmp_path / "run"
    shutil.copytree(uninterrupted, path)
    path.chmod(0o500)
    with pytest.raises(GrokError, match="make the folder writable"):
        train(CONFIG, TRAINING, path=path)
    path.chmod(0o700)
    require_same(path, uninterrupted)


def test_a_read_only_disk_is_reported(uninterrupted, small_disk) -> None:
    path = small_disk / "run"
    shutil.copytree(uninterrupted, path)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(GrokError, match="Read-only file system; make the folder writable"):
        train(CONFIG, TRAINING, path=path)
    require_same(path, uninterrupted)
