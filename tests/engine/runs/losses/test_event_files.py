"""Losses in TensorBoard event files: found in the usual folders, read with the extra, else named in a warning."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from engine.runs.losses.file_names import find_event_files
from engine.runs.open_run import open_run
from tests.engine.runs.losses.event_bytes import event_file, simple_event

NAME = "events.out.tfevents.1700000000.host"


@pytest.fixture
def with_extra() -> None:
    pytest.importorskip("google.protobuf", reason="protobuf, the extra `tensorboard`, is not installed")


@pytest.fixture
def run(tmp_path, state) -> Path:
    path = tmp_path / "run"
    path.mkdir()
    for step in (0, 10, 20):
        torch.save({"model": state}, path / f"step_{step}.pt")
    return path


def write_events(folder: Path, name: str, *scalars: tuple[str, int, float]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(event_file(*(simple_event(*scalar) for scalar in scalars)))


@pytest.mark.usefixtures("with_extra")
@pytest.mark.parametrize("folder", [".", "runs/Nov29_10-00-00_host", "logs", "tensorboard", "lightning_logs/version_0"])
def test_in_the_usual_folders(run, folder):
    write_events(run / folder, NAME, ("Loss/train", 0, 2.0), ("Loss/test", 0, 3.0), ("Loss/train", 10, 1.0))
    opened = open_run(run)
    assert opened.warnings == ()
    assert opened.losses is not None
    assert (opened.losses.at(0), opened.losses.at(10)) == ((2.0, 3.0), (1.0, None))
    assert opened.losses.source == f"Loss/train, Loss/test by step in {(Path(folder) / NAME).as_posix()}"


@pytest.mark.usefixtures("with_extra")
def test_a_restarted_run_has_several_files(run):
    write_events(run, f"{NAME}.0", ("loss", 0, 2.0), ("loss", 10, 9.0))
    write_events(run, f"{NAME}.1", ("loss", 10, 1.0), ("loss", 20, 0.5))
    losses = open_run(run).losses
    assert losses is not None
    assert losses.train.tolist() == [2.0, 1.0, 0.5]


@pytest.mark.usefixtures("with_extra")
def test_splits_in_folders_of_their_own(run):
    """As Keras writes them."""
    write_events(run / "logs" / "train", NAME, ("epoch_loss", 10, 1.0), ("epoch_accuracy", 10, 0.5))
    write_events(run / "logs" / "validation", NAME, ("epoch_loss", 10, 2.0))
    losses = open_run(run).losses
    assert losses is not None
    assert (losses.at(10), losses.accuracy_at(10)) == ((1.0, 2.0), (0.5, None))
    assert losses.source.endswith("by step in 2 event files in logs")


@pytest.mark.usefixtures("with_extra")
def test_a_damaged_file_is_read_in_part(run):
    write_events(run, NAME, ("train_loss", 0, 2.0), ("test_loss", 0, 3.0), ("train_loss", 10, 1.0))
    data = bytearray((run / NAME).read_bytes())
    data[-10] ^= 1
    (run / NAME).write_bytes(data)
    opened = open_run(run)
    assert opened.losses is not None
    assert opened.losses.epochs.tolist() == [0]
    assert len(opened.warnings) == 1
    assert opened.warnings[0].startswith(f"{NAME} was read in part: it is damaged after ")


def test_without_the_extra_a_warning_names_it(run, monkeypatch):
    write_events(run, NAME, ("train_loss", 0, 2.0))
    monkeypatch.setitem(sys.modules, "google.protobuf.message", None)
    opened = open_run(run)
    assert opened.losses is None
    assert opened.warnings == (
        f"{NAME} was skipped: reading TensorBoard event files needs protobuf; install grok-tui[tensorboard].",
    )


def test_they_are_not_read_if_other_files_have_both_losses(run):
    write_events(run, NAME, ("train_loss", 0, 9.0))
    (run / "metrics.csv").write_text("step,train_loss,test_loss\n0,2.0,3.0\n")
    opened = open_run(run)
    assert opened.warnings == ()
    assert opened.losses is not None
    assert opened.losses.at(0) == (2.0, 3.0)


def test_of_several_runs_none_is_read(tmp_path):
    for name in ("a", "b"):
        write_events(tmp_path / "runs" / name, NAME, ("train_loss", 0, 9.0))
    assert find_event_files(str(tmp_path)) == []
