"""Runs the jobs of a sweep in worker processes on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import engine
from engine.sweeps.executor import Job, JobState
from engine.sweeps.job_stream import JobResult, job_line, read_result

_RETRIES = 5
_QUEUED, _STOPPED, _LOCKED = JobState("queued"), JobState("queued", "stopped"), JobState("queued", "locked")


def core_count() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalExecutor:
    """An `Executor` whose jobs run in `workers` processes at once, with `threads` CPU threads each.

    A worker that dies fails its job; another one takes the next job. Workers stop when this process ends, even if it is
    killed, because their stdin ends with it. With several GPUs, workers take turns on them.
    """

    detached = False

    def __init__(
        self,
        workers: int,
        threads: int,
        device: str = "cpu",
        cache: Path | None = None,
        n_gpus: int = 1,
        retry_seconds: float = 1.0,
    ) -> None:
        self._n_workers, self._n_gpus, self._retry_seconds = workers, n_gpus, retry_seconds
        options = [] if cache is None else ["--cache", str(cache)]
        self._command = [
            sys.executable, "-P", "-m", "engine.sweeps.worker", "stream",
            "--threads", str(threads), "--device", device, *options,
        ]  # fmt: skip
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._states: dict[Job, JobState] = {}
        self._tries: Counter[Job] = Counter()  # of jobs that were skipped
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._busy: set[_Worker] = set()
        self._stopping = False

    def start(self, jobs: Sequence[Job]) -> None:
        self._states.update(dict.fromkeys(jobs, _QUEUED))
        for job in jobs:
            self._jobs.put(job)
        for number in range(min(self._n_workers, len(jobs))):
            gpu = visible_gpu(number, self._n_gpus, os.environ) if self._n_gpus > 1 else {}
            thread = threading.Thread(target=self._feed_worker, args=(gpu,), name="sweep worker", daemon=True)
            self._threads.append(thread)
            thread.start()

    def states(self) -> Mapping[Job, JobState]:
        return dict(self._states)

    def stop(self) -> None:
        with self._lock:
            self._stopping = True
            for worker in self._busy:
                worker.request_stop()
        for thread in self._threads:
            thread.join()

    def _feed_worker(self, environment: Mapping[str, str]) -> None:
        """Hand job after job to a worker; replace it if it dies."""
        worker: _Worker | None = None
        while (job := self._next_job()) is not None:
            with self._lock:
                if self._stopping:
                    self._states[job] = _STOPPED
                    continue
                worker = worker or _Worker(self._command, environment)
                self._busy.add(worker)
                self._states[job] = JobState("running")
            result = worker.do(job)
            with self._lock:
                self._busy.discard(worker)
            if result is None or result.stopped:
                words = worker.end()
                self._states[job] = _STOPPED if self._stopping else JobState("failed", words)
                worker = None
            elif result.skipped and not result.failures and self._tries[job] < _RETRIES:
                self._retry(job)
            else:
                self._states[job] = _state(result)
        if worker is not None:
            worker.end()

    def _retry(self, job: Job) -> None:
        """Try a job later again: a worker of a sweep that was killed holds the lock of a run until it has saved it."""
        self._tries[job] += 1
        self._states[job] = _LOCKED
        time.sleep(self._retry_seconds)
        self._jobs.put(job)

    def _next_job(self) -> Job | None:
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None


def visible_gpu(worker: int, n_gpus: int, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment variable by which workers take turns on the GPUs that this process sees.

    >>> [visible_gpu(worker, 2, {}) for worker in range(3)]
    [{'CUDA_VISIBLE_DEVICES': '0'}, {'CUDA_VISIBLE_DEVICES': '1'}, {'CUDA_VISIBLE_DEVICES': '0'}]
    >>> visible_gpu(1, 2, {"CUDA_VISIBLE_DEVICES": "3,5"})
    {'CUDA_VISIBLE_DEVICES': '5'}
    """
    listed = environment.get("CUDA_VISIBLE_DEVICES")
    gpus = listed.split(",")[:n_gpus] if listed else list(map(str, range(n_gpus)))
    return {"CUDA_VISIBLE_DEVICES": gpus[worker % len(gpus)]}


def _state(result: JobResult) -> JobState:
    return JobState("failed", " ".join(result.failures)) if result.failures else JobState("done", result.note)


class _Worker:
    """A worker process. Its stderr goes to a temporary file, so that it does not disturb the table on the terminal."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the process has ended
        root = str(Path(engine.__file__).parents[1])  # the worker runs the same code as this process
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            text=True,
            process_group=0,  # ctrl-C in the terminal is for this process alone, which lets the workers stop
            env={**os.environ, **environment, "PYTHONPATH": path},
        )

    def do(self, job: Job) -> JobResult | None:
        """Hand over a job and wait for its result; None if the process dies."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(job_line(job))
            self._process.stdin.flush()
        except (OSError, ValueError):  # it has died, or was asked to stop
            return None
        results = (read_result(line) for line in self._process.stdout)
        return next((result for result in results if result is not None), None)

    def request_stop(self) -> None:
        """Let it save what it does and end."""
        assert self._process.stdin is not None
        with suppress(OSError):  # it has died
            self._process.stdin.close()

    def end(self) -> str:
        """Wait until it has ended; returns a sentence on how it did."""
        self.request_stop()
        status = self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._stderr.seek(0)
        last = self._stderr.read().decode(errors="replace").strip().rpartition("\n")[2]
        self._stderr.close()
        number = -status if status < 0 else status - 128
        ended = f"was ended by {signal.Signals(number).name}" if number > 0 else f"ended with exit status {status}"
        return f"Its worker process {ended}{f' ({last})' if last else ''}; run the same command again to continue."
