"""How a process hands jobs to a worker: a JSON line a job on its stdin, a JSON line a result on its stdout.

Only `engine.sweeps.local` uses it: a worker that gets job after job imports torch once. The end of stdin stops the
worker, so it does not outlive the process that started it, however that ends.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.sweeps.executor import Job

_CHUNK_BYTES = 1 << 16


@dataclass(frozen=True)
class JobResult:
    """How a job ended: a sentence for each run that failed or was skipped, and whether a stop was requested."""

    failures: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def note(self) -> str:
        return " ".join(self.skipped)


def job_line(job: Job) -> str:
    """A job as a line of JSON."""
    return json.dumps({"action": job.action, "runs": list(map(str, job.runs)), "packed": job.packed}) + "\n"


def read_job(line: bytes) -> Job:
    content = json.loads(line)
    return Job(content["action"], tuple(map(Path, content["runs"])), content["packed"])


def result_line(result: JobResult) -> str:
    """A result as a line of JSON."""
    return json.dumps(asdict(result)) + "\n"


def read_result(line: str) -> JobResult | None:
    """The result on a line of stdout; None for a line that a library printed.

    >>> read_result(result_line(JobResult(failures=("no",))))
    JobResult(failures=('no',), skipped=(), stopped=False)
    """
    try:
        content = json.loads(line)
        return JobResult(tuple(content["failures"]), tuple(content["skipped"]), content["stopped"])
    except (ValueError, KeyError, TypeError):
        return None


def lines(descriptor: int) -> Iterator[bytes]:
    """The complete lines of a file descriptor, as they arrive.

    Python's own reader holds a lock while it waits, which a process that ends meanwhile cannot take.
    """
    rest = b""
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        *complete, rest = (rest + chunk).split(b"\n")
        yield from complete
