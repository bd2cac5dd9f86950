"""Sweeps on a real Slurm of one node, which each process of the tests starts for itself."""

from __future__ import annotations

import json
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from engine import GrokError
from engine.many_runs.rows import RowReader
from engine.runs.training_progress import read_progress, saved_epoch
from engine.sweeps.executor import Job, JobState
from engine.sweeps.slurm.executor import SlurmExecutor
from engine.sweeps.slurm.script import SlurmOptions
from tests.engine.sweeps.grid_of_runs import lock_elsewhere, prepare_grid, require_trained_alone
from tests.engine.sweeps.slurm.cluster import missing_programs, one_node_slurm
from tests.waiting import wait_until

missing = missing_programs()
pytestmark = pytest.mark.skipif(bool(missing), reason=f"Slurm is not installed: no {', '.join(missing)}")
_ENDLESS = 10_000_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """The configuration file of a running Slurm."""
    with one_node_slurm() as configuration:
        yield str(configuration)


@pytest.fixture
def _use_cluster(cluster: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_CONF", cluster)


@pytest.fixture
def executor(_use_cluster: None) -> Iterator[Callable[..., SlurmExecutor]]:
    """Make executors; what they leave in the queue is cancelled at the end."""
    with ExitStack() as stack:

        def make(sweep: Path, cache: Path | None = None, **options: Any) -> SlurmExecutor:
            made = SlurmExecutor(sweep, SlurmOptions(**options), cache=cache, poll_seconds=0.1)
            stack.callback(made.stop)
            return made

        yield make


def command(*arguments: str) -> str:
    return subprocess.run(arguments, capture_output=True, text=True, check=True).stdout


def phases(states) -> set[str]:
    return {state.phase for state in states.values()}


def test_a_requeued_sweep_ends_as_the_runs_trained_alone(executor, tmp_path) -> None:
    sweep = tmp_path / "a sweep 100%"
    jobs = prepare_grid(sweep / "runs")
    engine = executor(sweep, runs_per_task=3)
    engine.start(jobs)
    first, *_, last = (run for job in jobs[:3] for run in job.runs)
    wait_until(lambda: saved_epoch(first) is not None, engine.states)
    assert engine.states()[jobs[0]].detail.startswith("RUNNING ")
    task = submitted(sweep)[0]
    command("scontrol", "requeue", f"{task}_0")
    wait_until(lambda: engine.states()[jobs[0]].detail.startswith("PENDING"), engine.states)
    assert not read_progress(last).finished
    wait_until(lambda: phases(engine.states()) == {"done"}, engine.states)
    assert "Restarts=1" in command("scontrol", "show", "job", f"{task}_0")
    assert len(list((sweep / "slurm" / "logs").iterdir())) == 2
    require_trained_alone(jobs, tmp_path / "alone")


@pytest.mark.parametrize("requeue", [True, False])
def test_a_task_at_its_time_limit_saves_and_is_requeued_if_it_may(executor, tmp_path, requeue) -> None:
    """Slurm signals the script before the limit; here scancel does."""
    (job,) = prepare_grid(tmp_path / "runs", epochs=_ENDLESS)[:1]
    (run,), engine = job.runs, executor(tmp_path, requeue=requeue)
    engine.start([job])
    wait_until(lambda: saved_epoch(run) is not None, engine.states)
    command("scancel", "--batch", "--signal=USR1", f"{submitted(tmp_path)[0]}_0")
    wait_until(lambda: engine.states()[job].phase != "running", engine.states)
    if requeue:
        assert engine.states()[job].detail.startswith("PENDING")
    else:
        sentence = "The time limit was reached; everything is saved. Start the sweep again to continue."
        assert engine.states()[job] == JobState("failed", sentence)
    assert saved_epoch(run) == read_progress(run).epoch
    assert not (run / "training.owner").exists()  # the worker has ended


def test_a_second_call_submits_only_what_is_not_queued(executor, tmp_path) -> None:
    jobs = prepare_grid(tmp_path / "runs", epochs=_ENDLESS)
    executor(tmp_path).start(jobs[:2])
    again = executor(tmp_path)
    again.start(jobs[1:])
    assert [len((tmp_path / "slurm" / f"tasks-{n}.txt").read_text().splitlines()) for n in (1, 2)] == [2, 4]
    assert phases(again.states()) <= {"queued", "running"}
    assert set(again.states()) == set(jobs[1:])
    wait_until(lambda: "running" in phases(again.states()), again.states)
    third = executor(tmp_path)
    third.start(jobs)
    assert not (tmp_path / "slurm" / "tasks-3.txt").exists()
    wait_until(lambda: any(saved_epoch(run) is not None for job in jobs for run in job.runs), third.states)
    third.stop()
    assert phases(third.states()) == {"failed"}
    started = [run for job in jobs for run in job.runs if (run / "losses.csv").exists()]
    assert all(saved_epoch(run) == read_progress(run).epoch for run in started)  # saved when it was cancelled


def test_a_changed_script_is_kept(executor, tmp_path) -> None:
    (job,) = prepare_grid(tmp_path / "runs", epochs=2)[:1]
    executor(tmp_path, time="10").start([job])
    script = tmp_path / "slurm" / "job.sh"
    changed = script.read_text().replace("#SBATCH --time=10\n", "#SBATCH --time=20\n#SBATCH --comment=mine\n")
    script.write_text(changed)
    for options in ({"time": "10"}, {"array_limit": 1}):
        executor(tmp_path, **options).start([Job("train", (tmp_path / "runs" / f"{options}",))])
        assert script.read_text() == changed
    assert "TimeLimit=00:20:00" in command("scontrol", "show", "job", submitted(tmp_path)[-1])
    with pytest.raises(GrokError, match=r"job\.sh was changed by hand, .* omit the options"):
        executor(tmp_path, time="30").start([Job("train", (tmp_path / "runs" / "another",))])
    assert script.read_text() == changed


def test_other_options_write_an_unchanged_script_again(executor, tmp_path) -> None:
    for minutes in ("10", "30"):
        executor(tmp_path, time=minutes).start([Job("train", (tmp_path / f"absent {minutes}",))])
    assert "#SBATCH --time=30\n" in (tmp_path / "slurm" / "job.sh").read_text()


def test_a_failed_run_has_its_reason_from_the_log(executor, tmp_path) -> None:
    good, bad = prepare_grid(tmp_path / "runs", epochs=2)[:2]
    (bad.runs[0] / "run.json").write_text("{}")
    engine = executor(tmp_path, runs_per_task=2)
    engine.start([good, bad])
    wait_until(lambda: phases(engine.states()) <= {"done", "failed"}, engine.states)
    assert engine.states()[good] == JobState("done")
    assert engine.states()[bad].detail.startswith(f"{bad.runs[0] / 'run.json'} does not record valid training")


def test_only_locks_of_jobs_that_have_ended_are_released(executor, tmp_path) -> None:
    ended, elsewhere = prepare_grid(tmp_path / "runs", epochs=2)[:2]
    lock_elsewhere(ended.runs[0], job="slurm test 4000000")
    lock_elsewhere(elsewhere.runs[0], job="slurm another-cluster 4000000")
    engine = executor(tmp_path, runs_per_task=2)
    engine.start([ended, elsewhere])
    wait_until(lambda: phases(engine.states()) <= {"done", "failed"}, engine.states)
    assert engine.states()[ended] == JobState("done")
    assert engine.states()[elsewhere].detail.startswith(f"{elsewhere.runs[0]} is being trained by process 12 on")


def test_metrics_are_computed_into_the_cache(executor, tiny_run, tmp_path) -> None:
    jobs = [Job("measure", (tiny_run,)), Job("measure", (losses_only(tmp_path / "losses"),))]
    engine = executor(tmp_path, cache=tmp_path / "cache", runs_per_task=2)
    engine.start(jobs)
    wait_until(lambda: set(engine.states().values()) == {JobState("done")}, engine.states)
    (row,) = RowReader(tmp_path / "cache").rows([tiny_run])
    assert row.measured is not None


def test_what_sbatch_refuses_is_a_sentence(executor, tmp_path) -> None:
    jobs = prepare_grid(tmp_path / "runs", epochs=2)[:1]
    with pytest.raises(GrokError) as error:
        executor(tmp_path, partition="nope").start(jobs)
    assert str(error.value) == (
        "sbatch failed: invalid partition specified: nope; Batch job submission failed: Invalid partition name "
        f"specified; correct the options, or edit {tmp_path / 'slurm' / 'job.sh'}."
    )
    executor(tmp_path, partition="main").start(jobs)


def test_without_slurm_a_sentence_says_where_to_call(executor, tmp_path, monkeypatch) -> None:
    engine = executor(tmp_path)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(GrokError, match="squeue was not found; call grok-tui where Slurm's commands are installed"):
            engine.start([])


def test_a_controller_that_does_not_answer_leaves_the_last_states(executor, tmp_path, monkeypatch) -> None:
    jobs = prepare_grid(tmp_path / "runs", epochs=2)[:1]
    engine = executor(tmp_path)
    engine.start(jobs)
    before = dict(engine.states())
    squeue = tmp_path / "bin" / "squeue"
    squeue.parent.mkdir()
    squeue.write_text("#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1\n")
    squeue.chmod(squeue.stat().st_mode | stat.S_IXUSR)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(squeue.parent), prepend=":")
        sleep(0.2)
        assert engine.states() == before


def losses_only(run: Path) -> Path:
    """A run without checkpoints, for which there are no metrics."""
    run.mkdir()
    (run / "losses.csv").write_text("epoch,train_loss,test_loss\n0,1.0,2.0\n1,0.5,1.5\n")
    return run


def submitted(sweep: Path) -> list[str]:
    """The ids of the jobs that were submitted for a sweep."""
    content = json.loads((sweep / "slurm" / "submissions.json").read_text())
    return [submission["job"] for submission in content["submissions"]]
