"""What a sweep asks of an engine that runs its jobs: worker processes, Slurm or Ray.

A job names run folders whose `run.json` is already written. Everything that a job achieves is in those folders, so an
executor only starts jobs and says how they are; it never carries results. `engine.sweeps.worker` does the work of a job
in any process on any machine that shares the file system, and a job that is started again does only what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

Action = Literal["train", "measure"]
Phase = Literal["queued", "running", "done", "failed"]


@dataclass(frozen=True)
class Job:
    """Runs that one process trains, or whose missing metrics it computes, one after the other.

    With `packed`, the runs have one shape and are trained as one batch.
    """

    action: Action
    runs: tuple[Path, ...]
    packed: bool = False


@dataclass(frozen=True)
class JobState:
    """How a job is: its phase, and what its engine calls that, such as Slurm's `PENDING` with the reason.

    A failed job has its reason in `detail`.
    """

    phase: Phase
    detail: str = ""


class Executor(Protocol):
    """Runs jobs somewhere. `detached` jobs go on when this process ends; others are stopped by `stop`."""

    @property
    def detached(self) -> bool: ...

    def start(self, jobs: Sequence[Job]) -> None:
        """Start jobs, at most as many at once as there is room for.

        Raises:
            GrokError: the engine is not available, or refuses the jobs.
        """
        ...

    def states(self) -> Mapping[Job, JobState]:
        """The present state of every job; called about once a second."""
        ...

    def stop(self) -> None:
        """Stop what runs: each training saves its state and ends. Waits until all have ended."""
        ...
