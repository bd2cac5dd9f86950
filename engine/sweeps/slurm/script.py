"""The files that Slurm runs for a sweep, plain enough to read and change: a job script and lists of tasks.

A line of a task list has the arguments of the worker for one array task.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engine.sweeps.executor import Job

_HEAD = """\
#!/bin/bash
# One array task of a sweep: it does the work on its line of the task list $1, from where the runs were left.
# You may change this script: your version is then submitted unchanged. Delete it to have it written again.
"""
# Slurm signals the script alone, which must not end before the worker has saved.
_BODY = """
line=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" "$1")
export GROK_TUI_JOB="slurm $SLURM_CLUSTER_NAME $SLURM_JOB_ID"  # lets a requeued task take over its runs
eval "{python} -P -m engine.sweeps.worker $line &"
worker=$!

# When the task is cancelled or requeued, or reaches its time limit, training saves its state and ends.
trap 'signalled=yes; kill -TERM $worker' TERM
trap 'signalled=yes; at_limit=yes; kill -TERM $worker' USR1
signalled=yes
while [ "$signalled" ]; do  # a signal interrupts wait
  signalled=
  wait $worker
  status=$?
done
{at_limit}exit $status
"""
_REQUEUE = """
# A task that was stopped by its time limit continues where the queue starts it again.
if [ "$at_limit" ] && [ $status = 143 ]; then scontrol requeue "$SLURM_JOB_ID"; fi
"""
_NO_REQUEUE = """
if [ "$at_limit" ] && [ $status = 143 ]; then
  echo "The time limit was reached; everything is saved. Start the sweep again to continue." >&2
fi
"""


@dataclass(frozen=True)
class SlurmOptions:
    """What to request of Slurm for each array task; None: nothing, so that the cluster's defaults hold.

    Args:
        partition, time, gpus: as sbatch's options of these names; Slurm checks them.
        cpus_per_task: CPU cores of a task; None: one per thread.
        array_limit: how many tasks may run at once.
        requeue: start a task again that was preempted, lost its node, or reached its time limit; None: yes.
        runs_per_task: how many runs a task trains, one after the other; for short runs.
    """

    partition: str | None = None
    time: str | None = None
    gpus: str | None = None
    cpus_per_task: int | None = None
    array_limit: int | None = None
    requeue: bool | None = None
    runs_per_task: int = 1

    @property
    def in_script(self) -> bool:
        """Whether one of these options is written into the job script."""
        return replace(self, array_limit=None, runs_per_task=1) != SlurmOptions()


def script_text(options: SlurmOptions, folder: Path, threads: int) -> str:
    """The job script; the logs of its tasks are in `folder`/logs."""
    body = _BODY.format(
        python=shlex.quote(sys.executable), at_limit=_NO_REQUEUE if options.requeue is False else _REQUEUE
    )
    return "".join((_HEAD, *(f"#SBATCH {line}\n" for line in _directives(options, folder, threads)), body))


def _directives(options: SlurmOptions, folder: Path, threads: int) -> Iterator[str]:
    yield f"--job-name={shlex.quote(folder.parent.name or 'grok-tui')}"
    yield f"--output={shlex.quote(str(folder / 'logs').replace('%', '%%') + '/%A_%a.txt')}"
    yield "--open-mode=append"
    yield "--no-requeue" if options.requeue is False else "--requeue"
    yield "--signal=B:USR1@60"
    yield f"--cpus-per-task={options.cpus_per_task or threads}"
    for name in ("partition", "time", "gpus"):
        if (value := getattr(options, name)) is not None:
            yield f"--{name}={shlex.quote(value)}"


def array_option(n_tasks: int, limit: int | None) -> str:
    """sbatch's option for so many tasks.

    >>> array_option(6, 2), array_option(1, None)
    ('--array=0-5%2', '--array=0-0')
    """
    return f"--array=0-{n_tasks - 1}{'' if limit is None else f'%{limit}'}"


def task_list(jobs: Sequence[Job], options: Sequence[str]) -> str:
    """A line for each job: the arguments of its worker, with these options.

    >>> print(task_list([Job("train", (Path("/sweep/runs/seed=0"),))], ["--threads", "2"]), end="")
    train --threads 2 /sweep/runs/seed=0
    """
    return "".join(f"{shlex.join(_arguments(job, options))}\n" for job in jobs)


def _arguments(job: Job, options: Sequence[str]) -> list[str]:
    packed = ["--packed"] if job.packed else []
    return [job.action, *options, *packed, *map(str, job.runs)]


def share_out(jobs: Sequence[Job], size: int) -> list[Job]:
    """Join jobs that are not packed, in order, into jobs of at most `size` runs.

    >>> a, b, c = (Job("train", (Path(name),)) for name in "abc")
    >>> [[str(run) for run in job.runs] for job in share_out([a, b, c], size=2)]
    [['a', 'b'], ['c']]
    """
    joined: list[Job] = []
    for job in jobs:
        last = joined[-1] if joined else job
        fits = last is not job and len(last.runs) + len(job.runs) <= size
        if fits and last.action == job.action and not (last.packed or job.packed):
            joined[-1] = Job(job.action, last.runs + job.runs)
        else:
            joined.append(job)
    return joined
