"""Computing the metrics of many runs on an engine."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from engine.many_runs.run_row import RunRow
from engine.sweeps.executor import Job, JobState
from grok_tui.cli.run_rows import Measured, measure_missing
from tests.engine.many_runs.rows import row_of

ROWS = [row_of("a"), row_of("b", "growing"), row_of("c", "damaged"), row_of("d", keys=(3,)), row_of("e", "stopped")]


@dataclass
class Engine:
    """Reports one state after the other; a signal in place of a state is sent to this process."""

    reports: Iterator[JobState | signal.Signals]
    detached: bool = False
    jobs: Sequence[Job] = ()
    calls: list[str] = field(default_factory=list)

    def start(self, jobs: Sequence[Job]) -> None:
        self.jobs = jobs

    def states(self) -> Mapping[Job, JobState]:
        report = next(self.reports)
        if isinstance(report, signal.Signals):
            signal.raise_signal(report)
            report = JobState("running")
        return dict.fromkeys(self.jobs, report)

    def stop(self) -> None:
        self.calls.append("stop")


def with_epochs(*names: str) -> list[RunRow]:
    """Rows whose runs have checkpoints."""
    return [replace(row, epoch=10) for row in ROWS if row.name in names]


def test_a_job_for_each_run_that_lacks_metrics() -> None:
    engine = Engine(iter([JobState("queued"), JobState("running"), JobState("done")]))
    assert measure_missing(with_epochs(*"abcde"), engine) == Measured()
    assert [job.action for job in engine.jobs] == ["measure", "measure"]
    assert [run.name for job in engine.jobs for run in job.runs] == ["a", "e"]
    assert engine.calls == ["stop"]


def test_the_reasons_of_failures_are_returned() -> None:
    engine = Engine(iter([JobState("failed", "a.pt is empty.")]))
    assert measure_missing(with_epochs("a"), engine) == Measured(("a.pt is empty.",))


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("detached", [False, True])
def test_a_signal_stops_the_jobs_unless_they_outlive_this_process(number, status, detached) -> None:
    engine = Engine(iter([JobState("running"), number]), detached)
    assert measure_missing(with_epochs("a"), engine).stopped == status
    assert engine.calls == ([] if detached else ["stop"])


def test_nothing_starts_if_nothing_is_missing() -> None:
    engine = Engine(iter(()))
    assert measure_missing(with_epochs("d"), engine) == Measured()
    assert engine.jobs == ()
