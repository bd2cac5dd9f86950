"""Worker processes on this machine: each run ends as if trained alone, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from engine import train
from engine.runs.training_lock import training_lock
from engine.runs.training_progress import read_progress, saved_epoch
from engine.sweeps.executor import Job, JobState
from engine.sweeps.local import LocalExecutor
from tests.engine.sweeps.runs import CONFIG, prepare, settings
from tests.soak.kill_training import require_same
from tests.waiting import wait_until

ENDLESS = 10_000_000


@contextmanager
def started(jobs: list[Job], workers: int = 2, retry_seconds: float = 1.0) -> Iterator[LocalExecutor]:
    executor = LocalExecutor(workers, threads=1, retry_seconds=retry_seconds)
    executor.start(jobs)
    try:
        yield executor
    finally:
        executor.stop()


def ended(executor: LocalExecutor) -> bool:
    return all(state.phase in ("done", "failed") for state in executor.states().values())


def train_jobs(*runs: Path) -> list[Job]:
    return [Job("train", (run,)) for run in runs]


def owner_pid(run: Path) -> int:
    """The process that trains a run."""
    return int(json.loads((run / "training.owner").read_text())["pid"])


def test_every_run_ends_as_if_trained_alone(tmp_path) -> None:
    runs = [prepare(tmp_path / str(seed), settings(seed)) for seed in range(3)]
    with started(train_jobs(*runs)) as executor:
        wait_until(lambda: ended(executor))
        assert set(executor.states().values()) == {JobState("done")}
    for seed, run in enumerate(runs):
        train(CONFIG, settings(seed), path=tmp_path / "alone" / str(seed))
        require_same(run, tmp_path / "alone" / str(seed))


def test_a_failed_run_names_itself_and_the_others_are_trained(tmp_path) -> None:
    damaged, good = (prepare(tmp_path / name, settings()) for name in ("damaged", "good"))
    (damaged / "run.json").write_text("{}")
    jobs = train_jobs(damaged, good)
    with started(jobs, workers=1) as executor:
        wait_until(lambda: ended(executor))
        assert executor.states()[jobs[0]].phase == "failed"
        assert executor.states()[jobs[0]].detail.startswith(f"{damaged / 'run.json'} does not record valid")
    assert read_progress(good).finished


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed_fails_its_job_and_is_replaced(tmp_path, number) -> None:
    endless, next_run = prepare(tmp_path / "0", settings(epochs=ENDLESS)), prepare(tmp_path / "1", settings())
    jobs = train_jobs(endless, next_run)
    with started(jobs, workers=1) as executor:
        wait_until(lambda: saved_epoch(endless) is not None)
        os.kill(owner_pid(endless), number)
        wait_until(lambda: ended(executor))
        state = executor.states()[jobs[0]]
        assert state.phase == "failed"
        assert state.detail.startswith(f"Its worker process was ended by {number.name}")
    assert read_progress(next_run).finished


def test_stop_saves_what_runs_and_leaves_the_rest(tmp_path) -> None:
    first, second = (prepare(tmp_path / str(seed), settings(seed, epochs=ENDLESS)) for seed in range(2))
    jobs = train_jobs(first, second)
    with started(jobs, workers=1) as executor:
        wait_until(lambda: saved_epoch(first) is not None)
        executor.stop()
        assert set(executor.states().values()) == {JobState("queued", "stopped")}
    assert saved_epoch(first) == read_progress(first).epoch
    assert saved_epoch(second) is None
    assert not (first / "training.lock").exists()


def test_a_run_that_another_process_trains_is_tried_again_and_noted(tmp_path) -> None:
    run = prepare(tmp_path / "run", settings())
    (job,) = jobs = train_jobs(run)
    with training_lock(run), started(jobs, retry_seconds=0.01) as executor:
        wait_until(lambda: ended(executor))
        assert executor.states()[job].phase == "done"
        assert "is being trained by process" in executor.states()[job].detail


def test_a_run_is_trained_once_its_lock_is_free(tmp_path) -> None:
    run = prepare(tmp_path / "run", settings())
    (job,) = jobs = train_jobs(run)
    with ExitStack() as locked:
        locked.enter_context(training_lock(run))
        with started(jobs) as executor:
            wait_until(lambda: executor.states()[job].detail == "locked")
            locked.close()
            wait_until(lambda: ended(executor))
    assert read_progress(run).finished
