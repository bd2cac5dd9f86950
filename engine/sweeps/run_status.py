"""How each run of a sweep is: its progress from its folder, and its state from the engine that runs its job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import UnreadableRun
from engine.runs.training_progress import RecordedProgress, read_progress
from engine.sweeps.executor import Job, JobState

# stopped: its training was stopped, so the next call continues it; skipped: another process trains it.
State = Literal["queued", "running", "done", "failed", "stopped", "skipped"]
ENDED: tuple[State, ...] = ("done", "failed", "stopped", "skipped")


@dataclass(frozen=True)
class RunStatus:
    """A run of a sweep: `detail` is the engine's word for its state, or why it failed or was skipped.

    `progress` is None if its `run.json` cannot be read; `epochs_per_second` until it has saved twice while observed.
    """

    name: str
    path: Path
    state: State
    detail: str = ""
    progress: RecordedProgress | None = None
    epochs_per_second: float | None = None

    @property
    def epochs_left(self) -> int:
        """Epochs to its planned end; 0 for a run that has ended."""
        if self.progress is None or self.state in ENDED or self.progress.finished:
            return 0
        return max(0, self.progress.epochs - (self.progress.epoch or 0))

    @property
    def seconds_left(self) -> float | None:
        """Seconds to its planned end; None if it does not run, or its rate is unknown."""
        return self.epochs_left / self.epochs_per_second if self.epochs_per_second and self.state == "running" else None


class StatusReader:
    """Reads the folders of the runs again and again, but only those that may have changed."""

    def __init__(self, runs: Mapping[str, Path]) -> None:
        self._runs = runs
        self._progress = {path: _progress(path) for path in runs.values()}
        self._states: dict[Path, State] = {}
        self._observed: dict[Path, tuple[int, float]] = {}  # epoch and time of the first save seen while it runs

    def read(self, states: Mapping[Job, JobState]) -> tuple[RunStatus, ...]:
        """The status of each run; a run without a job is done, or queued."""
        jobs = {run: (job, state) for job, state in states.items() for run in job.runs}
        return tuple(self._status(name, path, *jobs.get(path, (None, None))) for name, path in self._runs.items())

    def _status(self, name: str, path: Path, job: Job | None, state: JobState | None) -> RunStatus:
        progress = self._progress[path]
        if job is None or state is None:
            return RunStatus(name, path, "done" if progress and progress.finished else "queued", progress=progress)
        if state.phase == "running" or self._states.get(path) not in ENDED:
            progress = self._progress[path] = _progress(path)
        finished = job.action == "train" and progress is not None and progress.finished
        result = self._states[path] = "done" if finished else _state(job, state)
        detail = "" if finished else state.detail
        return RunStatus(name, path, result, detail, progress, self._rate(path, progress, result))

    def _rate(self, path: Path, progress: RecordedProgress | None, state: State) -> float | None:
        if state != "running" or progress is None or progress.epoch is None or progress.saved_at is None:
            self._observed.pop(path, None)
            return None
        epoch, saved_at = self._observed.setdefault(path, (progress.epoch, progress.saved_at))
        seconds = progress.saved_at - saved_at
        return (progress.epoch - epoch) / seconds if seconds > 0 else None


def total_seconds_left(statuses: Sequence[RunStatus]) -> float | None:
    """Seconds until all runs have ended if the others are as fast as those that run now; None if that is unknown."""
    rates = [status.epochs_per_second for status in statuses if status.state == "running"]
    known = [rate for rate in rates if rate]
    if not known:
        return None
    together = sum(known) / len(known) * len(rates)
    longest = max((status.seconds_left or 0 for status in statuses), default=0)
    return max(longest, sum(status.epochs_left for status in statuses) / together)


def _state(job: Job, state: JobState) -> State:
    if state.phase == "queued":
        return "stopped" if state.detail == "stopped" else "queued"
    if state.phase == "done" and job.action == "train":
        return "skipped"  # the folder says that it is not finished
    return state.phase


def _progress(path: Path) -> RecordedProgress | None:
    try:
        return read_progress(path)
    except UnreadableRun:
        return None
