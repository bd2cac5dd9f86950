"""The training of the open run: while it goes on and how it ended."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from engine.runs.losses_csv import append_losses
from engine.runs.native_run import record_training
from engine.runs.training_lock import training_lock
from grok_tui.queries.training_state import TrainingObserver, TrainingState, training_texts


@pytest.fixture
def run(tiny_run: Path, tmp_path: Path) -> Path:
    """A run of 40 epochs that may be changed."""
    return shutil.copytree(tiny_run, tmp_path / "run")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time of the observer, as a list of one number."""
    now = [1_000.0]
    monkeypatch.setattr("grok_tui.queries.training_state.time", lambda: now[0])
    return now


def save(run: Path, epoch: int, at: float) -> None:
    append_losses(run, [(epoch, 1.0, None)])
    os.utime(run / "losses.csv", (at, at))


def test_a_run_that_no_process_trains_has_no_state(run) -> None:
    assert TrainingObserver(run).read() is None
    assert TrainingObserver(run.parent).read() is None


def test_rate_and_time_left_are_those_of_the_observed_saves(run, clock) -> None:
    record_training(run, {"epochs": 1000})
    os.utime(run / "losses.csv", (1_000.0, 1_000.0))
    observer = TrainingObserver(run)
    with training_lock(run):
        assert observer.read() == TrainingState("training", 40, 1000)
        save(run, 100, at=1_004.0)
        clock[0] = 1_010.0
        rate = (100 - 40) / (1_004.0 - 1_000.0)
        left = (1000 - 100) / rate - (1_010.0 - 1_004.0)
        assert observer.read() == TrainingState("training", 100, 1000, rate, left)
        clock[0] = 9_000.0
        assert observer.read() == TrainingState("training", 100, 1000, rate, 0.0)
    assert observer.read() == TrainingState("stopped", 100, 1000)


def test_a_training_that_reaches_its_end_is_finished(run) -> None:
    observer = TrainingObserver(run)
    with training_lock(run):
        assert observer.read() == TrainingState("training", 40, 40)
    assert observer.read() == TrainingState("finished", 40, 40)


def test_the_texts_become_shorter_and_keep_their_numbers_whole() -> None:
    state = TrainingState("training", 1_350, 2_000, 0.123, 5_290.6)
    assert training_texts(state) == (
        "training 1,350 of 2,000 · 0.12/s · 88 min left",
        "training 1,350 of 2,000 · 88 min left",
        "training 1,350 of 2,000",
        "training",
    )
    assert training_texts(TrainingState("training", 0, 2_000)) == ("training 0 of 2,000", "training")
    assert training_texts(TrainingState("stopped", 5, 9)) == ("stopped",)
    assert training_texts(None) == ()
