"""Jobs and results as lines of JSON."""

from __future__ import annotations

import os
from pathlib import Path

from engine.sweeps.executor import Job
from engine.sweeps.job_stream import JobResult, job_line, lines, read_job, read_result, result_line


def test_a_job_and_a_result_are_read_as_they_were_written() -> None:
    job = Job("train", (Path("a b/seed=0"), Path("ä")), packed=True)
    assert read_job(job_line(job).encode()) == job
    result = JobResult(("a is damaged.",), ("b is trained.",), stopped=True)
    assert read_result(result_line(result)) == result


def test_what_a_library_prints_is_no_result() -> None:
    assert [read_result(line) for line in ("", "Warning: slow\n", "3\n", "{}\n")] == [None] * 4


def test_lines_are_complete_and_arrive_one_by_one() -> None:
    reading, writing = os.pipe()
    arriving = lines(reading)
    for part in (b"one\ntw", b"o\nthree"):
        os.write(writing, part)
    assert [next(arriving), next(arriving)] == [b"one", b"two"]
    os.close(writing)
    assert list(arriving) == []
    os.close(reading)
