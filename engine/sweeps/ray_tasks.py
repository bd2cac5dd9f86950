"""Runs the jobs of a sweep as tasks of Ray Core, on any cluster whose nodes share the file system.

A task is a generator: it yields the host that it runs on, then its result. Ray runs it again on another node when its
node is lost; the runs continue from their last save.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from engine.runs.lock_owner import Owner
from engine.runs.training_lock import release_lock_of
from engine.sweeps.executor import Job, JobState
from engine.sweeps.ray_cluster import connect, first_line, require_resources
from engine.sweeps.ray_job import STOPPED, do_job

_MAX_RETRIES = 10  # of a task whose node is lost or whose process dies
_CANCEL_SECONDS = 2.0
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
        self._options, self._threads, self._device = options, threads, device
        self._worker_options = ["--threads", str(threads), "--device", device]
        if cache is not None:
            self._worker_options += ["--cache", str(cache.absolute())]
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
        task = ray.remote(do_job).options(
            num_cpus=needed["CPU"], num_gpus=gpus, max_retries=_MAX_RETRIES, num_returns="streaming"
        )
        driver = _job_name(Owner.this_process())
        for job in jobs:
            absolute = Job(job.action, tuple(run.absolute() for run in job.runs), job.packed)
            for run in absolute.runs:
                release_lock_of(run, _driver_has_ended)
            self._tasks[job] = task.remote(absolute, self._worker_options, driver)
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
        while self._tasks:
            ends = {generator.completed(): job for job, generator in self._tasks.items()}
            for generator in self._tasks.values():  # again and again: a process that starts may miss it
                ray.cancel(generator, recursive=False)
            ended, _ = ray.wait(list(ends), num_returns=len(ends), timeout=_CANCEL_SECONDS, fetch_local=False)
            for job in (ends[end] for end in ended):
                while job in self._tasks:
                    self._advance(job, ray)

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


def _ended(status: int, words: str) -> JobState:
    """The state of a job by the exit status of its worker and what that wrote to stderr."""
    if status == 0:
        return JobState("done", words)
    if status == STOPPED:
        return _STOPPED
    sentences = " ".join(words.split("\n"))
    return JobState("failed", sentences if status == 1 else f"Its worker ended with exit status {status}: {sentences}")


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


def _sentence(error: Exception) -> str:
    """What a failed task says, without Ray's traceback."""
    cause = getattr(error, "cause", None) or error
    if isinstance(cause, ModuleNotFoundError):
        return f"A node of the Ray cluster has no module {cause.name}; install the same grok-tui on all nodes."
    return f"{type(cause).__name__}: {first_line(cause)}"
