"""A worker does what is missing of a job, and one failed run does not stop the others."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from engine import train
from engine.many_runs.rows import RowReader
from engine.runs.native_run import recorded_settings
from engine.runs.training_lock import training_lock
from engine.runs.training_progress import read_progress, saved_epoch
from engine.sweeps.executor import Job
from engine.sweeps.job_stream import JobResult
from engine.sweeps.worker import main, run_job
from tests.engine.sweeps.runs import CONFIG, prepare, settings
from tests.soak.kill_training import require_same
from tests.waiting import PATIENCE_SECONDS, wait_until


def test_each_run_of_a_job_is_the_run_trained_alone(tmp_path) -> None:
    runs = (prepare(tmp_path / "seed=0", settings(0)), prepare(tmp_path / "seed=1", settings(1)))
    assert run_job(Job("train", runs)) == JobResult()
    for seed, run in enumerate(runs):
        train(CONFIG, settings(seed), path=tmp_path / "alone" / str(seed))
        require_same(run, tmp_path / "alone" / str(seed))


def test_a_finished_run_is_not_touched(tmp_path) -> None:
    run = prepare(tmp_path / "seed=0", settings(0))
    run_job(Job("train", (run,)))
    before = {file: file.stat().st_mtime_ns for file in run.rglob("*")}
    assert run_job(Job("train", (run,))) == JobResult()
    assert {file: file.stat().st_mtime_ns for file in run.rglob("*")} == before


def test_a_run_that_another_process_trains_is_skipped(tmp_path) -> None:
    locked, free = prepare(tmp_path / "seed=0", settings(0)), prepare(tmp_path / "seed=1", settings(1))
    with training_lock(locked):
        result = run_job(Job("train", (locked, free)))
    assert (len(result.skipped), result.failures, result.stopped) == (1, (), False)
    assert result.skipped[0].startswith(f"{locked} is being trained by process")
    assert read_progress(free).finished


def test_a_failed_run_does_not_stop_the_others(tmp_path, capsys) -> None:
    damaged, good = prepare(tmp_path / "seed=0", settings(0)), prepare(tmp_path / "seed=1", settings(1))
    (damaged / "run.json").write_text("{}")
    assert main(["train", str(damaged), str(good)]) == 1
    assert capsys.readouterr().err.startswith(f"{damaged / 'run.json'} does not record valid training settings")
    assert read_progress(good).finished


def test_an_error_that_is_not_ours_is_a_failure_of_its_run(tmp_path) -> None:
    result = run_job(Job("train", (prepare(tmp_path / "seed=0", settings(0)),)), device="nonsense")
    assert len(result.failures) == 1
    assert "seed=0: RuntimeError: " in result.failures[0]


def test_a_packed_job_trains_its_runs_as_one_batch(tmp_path, capsys) -> None:
    damaged, locked = (prepare(tmp_path / name, settings()) for name in ("damaged", "locked"))
    good = [prepare(tmp_path / f"seed={seed}", settings(seed)) for seed in range(2)]
    (damaged / "run.json").write_text("{}")
    with training_lock(locked):
        assert main(["train", "--packed", *map(str, (damaged, locked, *good))]) == 1
    skipped, failed = capsys.readouterr().err.splitlines()
    assert skipped.startswith(f"{locked} is being trained by process")
    assert failed.startswith(f"{damaged / 'run.json'} does not record valid training settings")
    assert all(read_progress(run).finished and recorded_settings(run)[1].packed for run in good)


def test_a_stop_leaves_the_other_runs_to_the_next_call(tmp_path) -> None:
    first, second = prepare(tmp_path / "seed=0", settings(0)), prepare(tmp_path / "seed=1", settings(1))
    assert run_job(Job("train", (first, second)), should_stop=lambda: True) == JobResult(stopped=True)
    assert (saved_epoch(first), saved_epoch(second)) == (None, None)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_stops_a_worker_with_everything_saved(tmp_path, number, status) -> None:
    run, other = prepare(tmp_path / "seed=0", settings(0, epochs=10_000_000)), prepare(tmp_path / "seed=1", settings(1))
    command = [sys.executable, "-m", "engine.sweeps.worker", "train", "--threads", "1", run, other]
    with subprocess.Popen(command) as process:
        wait_until(lambda: saved_epoch(run) is not None or process.poll() is not None)
        process.send_signal(number)
    assert process.returncode == status
    assert saved_epoch(run) == read_progress(run).epoch
    assert saved_epoch(other) is None


def test_the_end_of_standard_input_stops_a_worker(tmp_path) -> None:
    run = prepare(tmp_path / "seed=0", settings(0, epochs=10_000_000))
    command = [sys.executable, "-m", "engine.sweeps.worker", "train", "--stop-with-stdin", str(run)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        wait_until(lambda: saved_epoch(run) is not None or process.poll() is not None)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(PATIENCE_SECONDS) == 130


def test_the_metrics_of_each_run_of_a_job_are_cached(tmp_path, capsys) -> None:
    runs = (prepare(tmp_path / "seed=0", settings(0)), prepare(tmp_path / "seed=1", settings(1)))
    run_job(Job("train", runs))
    cache = tmp_path / "cache"
    assert main(["measure", "--cache", str(cache), str(runs[0]), str(tmp_path / "missing"), str(runs[1])]) == 1
    assert "missing does not exist" in capsys.readouterr().err
    assert all(row.measured is not None for row in RowReader(cache).rows(runs))
