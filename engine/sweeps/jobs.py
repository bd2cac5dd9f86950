"""The jobs that train the runs of a sweep: a run each, or batches of runs of one shape."""

from __future__ import annotations

from collections.abc import Sequence

from engine.sweeps.executor import Job
from engine.sweeps.preparation import PlannedRun
from engine.training.packed import BatchKey, batch_key, require_packable


def require_packable_runs(runs: Sequence[PlannedRun]) -> None:
    """Check that runs can be trained in batches.

    Raises:
        InvalidConfig: one is of another architecture; the message has its name.
    """
    for run in runs:
        require_packable(run.config, run.training, run.point.name)


def training_jobs(runs: Sequence[PlannedRun], pack: int = 1) -> list[Job]:
    """A job for each run; with `pack`, for up to so many runs that can be one batch, in their order."""
    groups: dict[BatchKey, list[PlannedRun]] = {}
    for run in runs:
        groups.setdefault(batch_key(run.config, run.training), []).append(run)
    jobs = []
    for group in groups.values():
        for start in range(0, len(group), pack):
            members = tuple(run.path for run in group[start : start + pack])
            jobs.append(Job("train", members, packed=len(members) > 1))
    return jobs
