"""Runs the jobs of a sweep in worker processes on this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue

import engine
from engine.sweeps.executor import Job, JobState
from engine.sweeps.job_stream import JobResult, job_line, read_result

_QUEUED, _STOPPED = JobState("queued"), JobState("queued", "stopped")


def core_count() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class LocalExecutor:
    """An `Executor` whose jobs run in `workers` processes at once, with `threads` CPU threads each.

    A worker that dies fails its job; another one takes the next job. Workers stop when this process ends, even if it is
    killed, because their stdin ends with it.
    """

    detached = False

    def __init__(self, workers: int, threads: int, device: str = "cpu", cache: Path | None = None) -> None:
        self._n_workers = workers
        options = [] if cache is None else ["--cache", str(cache)]
        self._command = [
            sys.executable, "-P", "-m", "engine.sweeps.worker", "stream",
            "--threads", str(threads), "--device", device, *options,
        ]  # fmt: skip
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._states: dict[Job, JobState] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._busy: set[_Worker] = set()
        self._stopping = False

    def start(self, jobs: Sequence[Job]) -> None:
        self._states.update(dict.fromkeys(jobs, _QUEUED))
        for job in jobs:
            self._jobs.put(job)
        for _ in range(min(self._n_workers, len(jobs))):
            thread = threading.Thread(target=self._feed_worker, name="sweep worker", daemon=True)
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

    def _feed_worker(self) -> None:
        """Hand job after job to a worker; replace it if it dies."""
        worker: _Worker | None = None
        while (job := self._next_job()) is not None:
            with self._lock:
                if self._stopping:
                    self._states[job] = _STOPPED
                    continue
                worker = worker or _Worker(self._command)
                self._busy.add(worker)
                self._states[job] = JobState("running")
            result = worker.do(job)
            with self._lock:
                self._busy.discard(worker)
            if result is not None and not result.stopped:
                self._states[job] = _state(result)
                continue
            words = worker.end()
            self._states[job] = _STOPPED if self._stopping else JobState("failed", words)
            worker = None
        if worker is not None:
            worker.end()

    def _next_job(self) -> Job | None:
        try:
            return self._jobs.get_nowait()
        except Empty:
            return None


def _state(result: JobResult) -> JobState:
    return JobState("failed", " ".join(result.failures)) if result.failures else JobState("done", result.note)


class _Worker:
    """A worker process. Its stderr goes to a temporary file, so that it does not disturb the table on the terminal."""

    def __init__(self, command: Sequence[str]) -> None:
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
            env={**os.environ, "PYTHONPATH": path},
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
