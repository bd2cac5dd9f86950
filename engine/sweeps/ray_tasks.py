"""Runs the jobs of a sweep as tasks of Ray Core, on any cluster whose nodes share the file system.

A task is a generator: it yields the host that it runs on, then its result. Ray runs it again on another node when its
node is lost; the runs continue from their last save.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.runs.lock_owner import JOB_VARIABLE, Owner
from engine.runs.training_lock import release_lock_of
from engine.sweeps.executor import Job, JobState
from engine.sweeps.ray_cluster import connect, first_line, require_resources

_MAX_RETRIES = 10  # of a task whose node is lost or whose process dies
# A process of a lost node may train for a moment longer and hold the lock of its run.
_LOCK_SECONDS = 60.0
_QUEUED, _STOPPED = JobState("queued"), JobState("queued", "stopped")


@dataclass(frozen=True)
class RayOptions:
    """Which cluster, and how many jobs share a GPU.

    Args:
        address: HOST:PORT of a cluster; None: RAY_ADDRESS, else that of this machine, which is started if needed.
        jobs_per_gpu: how many jobs run on a GPU at once, if they compute on GPUs.
    """

    address: str | None = None
    jobs_per_gpu: int = 1


_DEFAULT_OPTIONS = RayOptions()


class RayExecutor:
    """Runs each job as a task that needs `threads` CPUs, and on `cuda` a share of a GPU.

    Args:
        options: the cluster, and how GPUs are shared.
        threads: CPU threads of a task.
        device: where a task computes.
        cache: the folder of cached metrics, which all nodes share.
    """

    detached = False

    def __init__(
        self,
        options: RayOptions = _DEFAULT_OPTIONS,
        *,
        threads: int = 1,
        device: str = "cpu",
        cache: Path | None = None,
    ) -> None:
        self._options, self._threads, self._device, self._cache = options, threads, device, cache
        self._states: dict[Job, JobState] = {}
        self._tasks: dict[Job, Any] = {}  # the generators of those that have not ended
        self._stopping = False

    def start(self, jobs: Sequence[Job]) -> None:
        """Submit the jobs.

        Raises:
            GrokError: Ray is not installed, or the cluster does not answer or has no such resources.
        """
        ray = connect(self._options.address)
        gpus = 1 / self._options.jobs_per_gpu if self._device.startswith("cuda") else 0
        needed = {"CPU": float(self._threads), "GPU": gpus}
        require_resources(ray, needed)
        task = ray.remote(_do_job).options(
            num_cpus=needed["CPU"], num_gpus=gpus, max_retries=_MAX_RETRIES, num_returns="streaming"
        )
        driver = _job_name(Owner.this_process())
        for job in jobs:
            absolute = Job(job.action, tuple(run.absolute() for run in job.runs), job.packed)
            for run in absolute.runs:
                release_lock_of(run, _driver_has_ended)
            self._tasks[job] = task.remote(absolute, driver, self._threads, self._device, self._cache)
            self._states[job] = _QUEUED

    def states(self) -> Mapping[Job, JobState]:
        """The state of every job; of one that runs, its host."""
        import ray

        while self._tasks:
            generators = list(self._tasks.values())
            ready, _ = ray.wait(generators, num_returns=len(generators), timeout=0, fetch_local=False)
            if not ready:
                break
            for job in [job for job, generator in self._tasks.items() if generator in ready]:
                self._advance(job, ray)
        return dict(self._states)

    def stop(self) -> None:
        """Cancel the tasks: each training saves its state and ends. Waits until all have ended."""
        import ray

        self._stopping = True
        for generator in self._tasks.values():
            ray.cancel(generator, recursive=False)
        while self._tasks:
            self.states()
            time.sleep(0.05)

    def _advance(self, job: Job, ray: ModuleType) -> None:
        """Take the next thing that a task has yielded."""
        try:
            item = ray.get(next(self._tasks[job]))
        except StopIteration:  # after the result; releases of Ray end a task in this way also when it is cancelled
            del self._tasks[job]
            if self._states[job].phase in ("queued", "running"):
                self._states[job] = _STOPPED if self._stopping else JobState("failed", "Ray ended its task early")
        except ray.exceptions.RayError as error:
            del self._tasks[job]
            self._states[job] = _STOPPED if self._stopping else JobState("failed", _sentence(error))
        else:
            self._states[job] = JobState("running", item) if isinstance(item, str) else _ended(*item)


def _ended(failures: Sequence[str], skipped: Sequence[str], stopped: bool) -> JobState:
    if stopped:
        return _STOPPED
    return JobState("failed", " ".join(failures)) if failures else JobState("done", " ".join(skipped))


def _job_name(driver: Owner) -> str:
    """The GROK_TUI_JOB of the tasks of a driver, without the id of a task.

    >>> _job_name(Owner(12, "host", "3"))
    'ray host 12 3'
    """
    return f"ray {driver.host} {driver.pid} {driver.started}"


def _driver_has_ended(job: str) -> bool:
    """Whether a job is a task of Ray whose driver was on this host and has ended, after which Ray ends its tasks."""
    engine, host, pid, started = [*job.split(" "), "", "", ""][:4]
    is_here = (engine, host) == ("ray", socket.gethostname()) and pid.isdecimal()
    return is_here and Owner(int(pid), host, started).has_ended


def _do_job(job: Job, driver: str, threads: int, device: str, cache: Path | None) -> Iterator[object]:
    """In a process of Ray: do a job. Yields the host, then the failures, the notes, and whether it was stopped."""
    import ray

    from engine.sweeps.worker import run_job
    from engine.training.graceful_stop import GracefulStop

    os.environ[JOB_VARIABLE] = f"{driver} {ray.get_runtime_context().get_task_id()}"  # the same when it runs again
    with GracefulStop() as stop:  # ray.cancel interrupts the main thread like ctrl-C
        yield socket.gethostname()
        started = time.monotonic()
        while True:
            result = run_job(job, threads=threads, device=device, cache=cache, should_stop=stop.requested)
            if not result.skipped or stop.requested() or time.monotonic() - started > _LOCK_SECONDS:
                break
            time.sleep(1)
        if stop.reason == "SIGTERM":  # the node is drained: without a result, Ray runs the task again elsewhere
            os._exit(stop.status)
        yield result.failures, result.skipped, result.stopped


def _sentence(error: Exception) -> str:
    """What a failed task says, without Ray's traceback."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, ModuleNotFoundError):
        return f"A node of the Ray cluster has no module {cause.name}; install the same grok-tui on all nodes."
    return f"{type(cause).__name__}: {first_line(cause)}"
