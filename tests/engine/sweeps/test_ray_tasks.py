"""Sweeps on a real Ray cluster of two nodes, one of which is killed."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine import GrokError
from engine.many_runs.rows import RowReader
from engine.runs.training_progress import read_progress, saved_epoch
from engine.sweeps.executor import Job, JobState
from engine.sweeps.ray_tasks import RayExecutor, RayOptions
from engine.sweeps.slurm.script import share_out
from tests.engine.sweeps.grid_of_runs import lock_elsewhere, prepare_grid, require_trained_alone
from tests.engine.sweeps.ray_driver import run_driver
from tests.waiting import PATIENCE_SECONDS, wait_until

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = [
    # Releases of Ray leave files of their processes open.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]
_ENDLESS = 10_000_000


@pytest.fixture(scope="module")
def cluster() -> Iterator[SimpleNamespace]:
    """A head without CPUs, and two nodes of one CPU each; the head and one node live until the end."""
    from ray.cluster_utils import Cluster

    started = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    nodes = [started.add_node(num_cpus=1) for _ in range(2)]
    yield SimpleNamespace(
        options=RayOptions(address=started.address),
        kill_a_node=lambda: started.remove_node(nodes.pop(), allow_graceful=False),
    )
    started.shutdown()


def test_a_sweep_that_loses_a_node_ends_as_the_runs_trained_alone(cluster, tmp_path) -> None:
    run_driver(lose_a_node, cluster.options, tmp_path, on_request=cluster.kill_a_node)


def lose_a_node(options: RayOptions, folder: Path, kill_a_node: Callable[[], None]) -> None:
    jobs = tuple(share_out(prepare_grid(folder / "runs"), size=2))
    engine = RayExecutor(options)
    engine.start(jobs)
    wait_until(lambda: len(running(engine)) >= 4 and len(saved(running(engine))) > 0, engine.states)
    interrupted = running(engine)
    kill_a_node()
    assert not all(read_progress(run).finished for run in interrupted)
    wait_for_end(engine)
    assert phases(engine) == {"done"}, engine.states()
    require_trained_alone(jobs, folder / "alone")


def test_stopping_saves_the_runs_and_leaves_the_others(cluster, tmp_path) -> None:
    run_driver(stop_two_of_three, cluster.options, tmp_path)


def stop_two_of_three(options: RayOptions, folder: Path) -> None:
    jobs = prepare_grid(folder / "runs", epochs=_ENDLESS)[:3]
    engine = RayExecutor(options)
    engine.start(jobs)
    wait_until(lambda: len(saved(running(engine))) > 0, engine.states)
    started = saved(running(engine))
    assert engine.states()[jobs[0]] == JobState("running", socket.gethostname())
    assert engine.states()[jobs[2]] == JobState("queued")
    engine.stop()
    assert set(engine.states().values()) == {JobState("queued", "stopped")}
    assert all(saved_epoch(run) == read_progress(run).epoch for run in started)
    assert saved_epoch(*jobs[2].runs) is None


def test_a_run_that_the_tasks_of_a_killed_driver_trained_is_continued(cluster, tmp_path) -> None:
    run_driver(continue_the_run_of_a_killed_driver, cluster.options, tmp_path)


def continue_the_run_of_a_killed_driver(options: RayOptions, folder: Path) -> None:
    (job,) = prepare_grid(folder / "runs", epochs=2)[:1]
    lock_elsewhere(job.runs[0], job=f"ray {socket.gethostname()} {2**22 + 1} 3 task")  # no such process
    engine = RayExecutor(options)
    engine.start([job])
    wait_for_end(engine)
    assert engine.states()[job] == JobState("done")
    assert read_progress(job.runs[0]).finished


def test_metrics_are_computed_into_the_cache(cluster, tiny_run, tmp_path) -> None:
    run_driver(measure, cluster.options, tiny_run, tmp_path / "cache")
    (row,) = RowReader(tmp_path / "cache").rows([tiny_run])
    assert row.measured is not None


def measure(options: RayOptions, run: Path, cache: Path) -> None:
    engine = RayExecutor(options, cache=cache)
    engine.start([Job("measure", (run,))])
    wait_for_end(engine)
    assert phases(engine) == {"done"}, engine.states()


def test_a_failed_run_has_its_reason(cluster, tmp_path) -> None:
    run_driver(fail, cluster.options, tmp_path)


def fail(options: RayOptions, folder: Path) -> None:
    engine, job = RayExecutor(options), Job("train", (folder / "absent",))
    engine.start([job])
    wait_for_end(engine)
    assert engine.states()[job].detail.startswith(f"{folder / 'absent' / 'run.json'} cannot be read")


def test_what_no_node_has_is_refused(cluster) -> None:
    run_driver(request_more_than_there_is, cluster.options)


def request_more_than_there_is(options: RayOptions) -> None:
    with pytest.raises(GrokError, match="No node of the Ray cluster has 3 CPU for a job"):
        RayExecutor(options, threads=3).start([Job("train", (Path("absent"),))])
    with pytest.raises(GrokError, match=r"has 1 CPU and 0\.5 GPU for a job"):
        RayExecutor(RayOptions(options.address, jobs_per_gpu=2), device="cuda").start([])


def running(engine: RayExecutor) -> list[Path]:
    return [run for job, state in engine.states().items() for run in job.runs if state.phase == "running"]


def saved(runs: list[Path]) -> list[Path]:
    return [run for run in runs if saved_epoch(run) is not None]


def phases(engine: RayExecutor) -> set[str]:
    return {state.phase for state in engine.states().values()}


def wait_for_end(engine: RayExecutor) -> None:
    wait_until(lambda: phases(engine) <= {"done", "failed"}, engine.states)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("localhost:9", "No Ray cluster answers at localhost:9 "),
        ("ray://localhost:10001", "'ray://localhost:10001' is not an address; pass --on ray=HOST:PORT"),
        ("nonsense", "'nonsense' is not an address"),
    ],
)
def test_a_cluster_that_cannot_be_reached_is_a_sentence(address, sentence) -> None:
    """In a process that is not connected yet."""
    code = "import sys; from engine.sweeps.ray_tasks import *; RayExecutor(RayOptions(sys.argv[1])).start([])"
    command = [sys.executable, "-c", code, address]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS)
    assert f"GrokError: {sentence}" in answer.stderr


def test_without_ray_a_sentence_names_the_command(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(GrokError, match=r"needs ray, which is not installed; pip install 'grok-tui\[ray\]'"):
        RayExecutor().start([])
