"""How the runs of a sweep are: from their folders, and from the engine's states."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine import train
from engine.runs.losses_csv import append_losses
from engine.runs.training_progress import RecordedProgress
from engine.sweeps.executor import Job, JobState, Phase
from engine.sweeps.run_status import RunStatus, StatusReader, total_seconds_left
from tests.engine.sweeps.runs import CONFIG, prepare, settings


@pytest.fixture
def run(tmp_path) -> Path:
    return prepare(tmp_path / "run", settings())


def read(run: Path, phase: Phase, detail: str = "") -> RunStatus:
    (status,) = StatusReader({"run": run}).read({Job("train", (run,)): JobState(phase, detail)})
    return status


def test_a_run_without_a_job_is_queued_or_done(run) -> None:
    assert StatusReader({"run": run}).read({})[0].state == "queued"
    train(CONFIG, settings(), path=run)
    (status,) = StatusReader({"run": run}).read({})
    assert (status.state, status.epochs_left) == ("done", 0)


@pytest.mark.parametrize(
    ("phase", "detail", "state"),
    [
        ("queued", "", "queued"),
        ("queued", "PENDING (Resources)", "queued"),
        ("queued", "stopped", "stopped"),
        ("running", "", "running"),
        ("failed", "no", "failed"),
        ("done", "run is being trained by process 3.", "skipped"),
    ],
)
def test_the_state_of_an_unfinished_run_is_that_of_its_job(run, phase, detail, state) -> None:
    status = read(run, phase, detail)
    assert (status.state, status.detail) == (state, detail)


@pytest.mark.parametrize("phase", ["running", "done", "failed"])
def test_a_finished_run_is_done_whatever_its_job_does(run, phase) -> None:
    """A job may train other runs after it, or have ended with their error."""
    train(CONFIG, settings(), path=run)
    status = read(run, phase, "another run is damaged.")
    assert (status.state, status.detail) == ("done", "")


def test_a_measured_run_has_the_state_of_its_job(run) -> None:
    train(CONFIG, settings(), path=run)
    job = Job("measure", (run,))
    assert [StatusReader({"run": run}).read({job: JobState(phase)})[0].state for phase in ("queued", "running", "done")
            ] == ["queued", "running", "done"]  # fmt: skip


def test_a_run_that_cannot_be_read_has_no_progress(run) -> None:
    (run / "run.json").write_text("{}")
    status = read(run, "failed", "damaged")
    assert (status.state, status.progress, status.epochs_left) == ("failed", None, 0)


def test_the_rate_is_that_of_the_saves_since_the_first_one_observed(run) -> None:
    reader, job = StatusReader({"run": run}), Job("train", (run,))

    def save(epochs: range, time: float) -> float | None:
        append_losses(run, [(epoch, 1.0, 1.0) for epoch in epochs])
        os.utime(run / "losses.csv", (time, time))
        return reader.read({job: JobState("running")})[0].epochs_per_second

    assert save(range(5), time=100.0) is None
    assert save(range(5, 11), time=103.0) == 2.0
    (status,) = reader.read({job: JobState("running")})
    assert (status.epochs_left, status.seconds_left) == (10, 5.0)
    (status,) = reader.read({job: JobState("queued", "stopped")})
    assert (status.epochs_per_second, status.seconds_left) == (None, None)


def status(state, epoch: int, rate: float | None = None) -> RunStatus:
    progress = RecordedProgress(epoch, 100, 1.0, 1.0, finished=epoch == 100)
    return RunStatus("run", Path("run"), state, "", progress, rate)


def test_the_time_left_assumes_that_the_other_runs_are_as_fast() -> None:
    two_run = [status("done", 100), status("running", 50, 10.0), status("running", 50, 20.0), status("queued", 0)]
    assert total_seconds_left(two_run) == (50 + 50 + 100) / 30
    assert total_seconds_left([status("running", 50, 10.0), status("running", 0)]) == 150 / 20
    assert total_seconds_left([status("running", 50)]) is None
    assert total_seconds_left([status("running", 0, 1.0), status("running", 90, 9.0)]) == 100  # the longest
