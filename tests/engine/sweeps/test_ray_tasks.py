"""Sweeps on a real Ray cluster of two nodes, one of which is killed."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from types import SimpleNamespace

import pytest

from engine.runs.training_progress import read_progress, saved_epoch
from engine.sweeps.executor import JobState
from engine.sweeps.ray_tasks import RayExecutor, RayOptions
from tests.engine.sweeps.grid_of_runs import prepare_grid, require_trained_alone

ray = pytest.importorskip("ray", reason="Ray is not installed")
pytestmark = pytest.mark.xdist_group("ray")
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
    ray.shutdown()
    started.shutdown()


def running(engine: RayExecutor) -> list[Path]:
    return [run for job, state in engine.states().items() for run in job.runs if state.phase == "running"]


def phases(states) -> set[str]:
    return {state.phase for state in states.values()}


def test_a_sweep_that_loses_a_node_ends_as_the_runs_trained_alone(cluster, tmp_path) -> None:
    jobs = prepare_grid(tmp_path / "runs")
    engine = RayExecutor(cluster.options)
    engine.start(jobs)
    while any(saved_epoch(run) is None for run in running(engine)) or len(running(engine)) < 2:
        sleep(0.02)
    interrupted = running(engine)
    cluster.kill_a_node()
    assert not all(read_progress(run).finished for run in interrupted)
    while phases(engine.states()) != {"done"}:
        assert "failed" not in phases(engine.states())
        sleep(0.1)
    require_trained_alone(jobs, tmp_path / "alone")


def test_stopping_saves_the_runs_and_leaves_the_others(cluster, tmp_path) -> None:
    jobs = prepare_grid(tmp_path / "runs", epochs=_ENDLESS)[:2]
    engine = RayExecutor(cluster.options)
    engine.start(jobs)
    run = jobs[0].runs[0]
    while saved_epoch(run) is None:
        sleep(0.02)
    assert engine.states() == {jobs[0]: JobState("running", socket.gethostname()), jobs[1]: JobState("queued")}
    engine.stop()
    assert set(engine.states().values()) == {JobState("queued", "stopped")}
    assert saved_epoch(run) == read_progress(run).epoch
    assert saved_epoch(jobs[1].runs[0]) is None
