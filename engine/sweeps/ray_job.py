"""What a task of Ray does: it starts the worker of a job, waits for it, and stops it when the task is cancelled.

`ray.cancel` interrupts a process of Ray anywhere, also while it imports torch, which breaks all its later tasks. So
torch is in a process of its own. Its stdin ends with the process of Ray, however that ends; then it saves and ends too.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import engine
from engine.errors import GrokError
from engine.runs.lock_owner import JOB_VARIABLE
from engine.runs.training_progress import read_progress
from engine.sweeps.executor import Job

# The worker of a lost node may train for a moment longer and hold the lock of its run.
_LOCK_SECONDS = 60.0
_POLL_SECONDS = 0.05
STOPPED = 128 + signal.SIGINT  # the exit status of a worker that was stopped


def do_job(job: Job, options: Sequence[str], name: str) -> Iterator[object]:
    """Do a job; yields the host, then the exit status of the worker and what it wrote to stderr.

    Args:
        job: with absolute paths.
        options: of the worker.
        name: the value of GROK_TUI_JOB, without the id of the task, which stays the same when it runs again.
    """
    import ray

    stop: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: stop.append(number))
    try:
        yield socket.gethostname()
        job_name = f"{name} {ray.get_runtime_context().get_task_id()}"
        started = time.monotonic()
        while True:
            status, words = _run_worker(job, options, job_name, stop)
            if status < 0 and not stop:  # killed, such as with its node: without a result, Ray runs the task again
                os._exit(1)
            if status != 0 or _is_trained(job) or stop or time.monotonic() - started > _LOCK_SECONDS:
                break
            time.sleep(1)
        yield STOPPED if stop else status, words
    finally:
        signal.signal(signal.SIGINT, before)


def _run_worker(job: Job, options: Sequence[str], job_name: str, stop: Sequence[int]) -> tuple[int, str]:
    """Run the worker of a job until it ends; its exit status and stderr."""
    packed = ["--packed"] if job.packed else []
    arguments = [job.action, *options, *packed, "--stop-with-stdin", *map(str, job.runs)]
    root = str(Path(engine.__file__).parents[1])  # the worker runs the same code as this process
    path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    with tempfile.TemporaryFile() as errors:
        worker = subprocess.Popen(
            [sys.executable, "-P", "-m", "engine.sweeps.worker", *arguments],
            stdin=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "PYTHONPATH": path, JOB_VARIABLE: job_name},
        )
        assert worker.stdin is not None
        while worker.poll() is None:
            if stop:
                worker.stdin.close()
            time.sleep(_POLL_SECONDS)
        worker.stdin.close()
        errors.seek(0)
        return worker.returncode, errors.read().decode(errors="replace").strip()


def _is_trained(job: Job) -> bool:
    """Whether the runs are trained to their end; if not after a worker that succeeded, another process trains them."""
    try:
        return job.action != "train" or all(read_progress(run).finished for run in job.runs)
    except GrokError:
        return False
