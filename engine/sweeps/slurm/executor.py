"""Runs the jobs of a sweep as array tasks of Slurm, which go on when this process ends.

All that is known of them is in SWEEP/slurm: `job.sh`, which the user may change; `tasks-N.txt`, the array tasks of a
submission; `submissions.json`, the ids of the jobs; and a log for each task. `squeue` has the state of a task until it
ends; then the folders of its runs have it.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence, Set
from pathlib import Path

from engine.errors import GrokError
from engine.runs.atomic_files import write_atomically
from engine.runs.training_lock import release_lock_of
from engine.sweeps.completion import is_done
from engine.sweeps.executor import Job, JobState
from engine.sweeps.slurm.commands import Task, ended_jobs, read_queue, run_command
from engine.sweeps.slurm.script import SlurmOptions, array_option, script_text, share_out, task_list
from engine.sweeps.slurm.submissions import Submissions, Work

_MAX_ARRAY_TASKS = 1000  # Slurm's default limit
_POLL_SECONDS = 10.0  # the controller serves all users of a cluster
_CANCELS, _CANCEL_SECONDS = 3, 20.0
_DEFAULT_OPTIONS = SlurmOptions()


class SlurmExecutor:
    """Submits the jobs of a sweep, and follows also those that an earlier process submitted.

    Args:
        sweep: the folder of the sweep, which all nodes share.
        options: what to request of Slurm.
        threads: CPU threads of a worker.
        device: where a worker computes.
        cache: the user's folder of cached results, which all nodes share.
        poll_seconds: the shortest time between two calls of `squeue`.
    """

    detached = True

    def __init__(
        self,
        sweep: Path,
        options: SlurmOptions = _DEFAULT_OPTIONS,
        *,
        threads: int = 1,
        device: str = "cpu",
        cache: Path | None = None,
        poll_seconds: float = _POLL_SECONDS,
    ) -> None:
        self._folder = sweep.absolute() / "slurm"
        self._script = self._folder / "job.sh"
        self._options, self._threads, self._poll_seconds = options, threads, poll_seconds
        self._cache = None if cache is None else cache.absolute()
        self._worker_options = ["--threads", str(threads), "--device", device]
        if self._cache is not None:
            self._worker_options += ["--cache", str(self._cache)]
        self._jobs: tuple[Job, ...] = ()
        self._tasks: dict[Work, Task] = {}
        self._states: dict[Job, JobState] = {}
        self._polled = 0.0

    def start(self, jobs: Sequence[Job]) -> None:
        """Submit the runs of the jobs that are not in the queue already.

        Raises:
            GrokError: Slurm is not available or refuses the jobs; `job.sh` was changed, but is to be written anew.
        """
        queue = read_queue()
        submissions = Submissions(self._folder / "submissions.json")
        queued = {work for work, task in submissions.tasks().items() if task in queue}
        missing = [
            Job(job.action, runs, job.packed)
            for job in jobs
            if (runs := tuple(run for action, run in _works(job) if (action, run) not in queued))
        ]
        if missing:
            self._write_script(submissions)
            has_ended = ended_jobs()
            for run in (run for job in missing for run in job.runs):
                release_lock_of(run, has_ended)
        shares = share_out(missing, self._options.runs_per_task)
        for first in range(0, len(shares), _MAX_ARRAY_TASKS):
            self._submit(shares[first : first + _MAX_ARRAY_TASKS], submissions)
        self._jobs, self._tasks = tuple(dict.fromkeys((*self._jobs, *jobs))), submissions.tasks()
        self._refresh()

    def states(self) -> Mapping[Job, JobState]:
        """The state of every job in the queue; of those that have left it, by the folders of their runs."""
        if time.monotonic() - self._polled > self._poll_seconds:
            self._refresh()
        return self._states

    def stop(self) -> None:
        """Cancel the jobs: each training saves its state and ends. Waits until they have left the queue.

        It waits a minute at most: a node that does not answer keeps its jobs in the queue.
        """
        tasks = {self._tasks[work] for job in self._jobs for work in _works(job)}
        for _ in range(_CANCELS):  # a task that starts or is requeued may miss the first
            active = sorted(tasks & read_queue().keys()) if tasks else []
            if not active:
                break
            run_command("scancel", *(f"{job}_{index}" for job, index in active))
            self._wait_for_end(tasks)
        self._refresh()

    def _wait_for_end(self, tasks: Set[Task]) -> None:
        """Wait until tasks have left the queue, at most `_CANCEL_SECONDS`."""
        deadline = time.monotonic() + _CANCEL_SECONDS
        while time.monotonic() < deadline and tasks & read_queue().keys():
            time.sleep(min(1.0, self._poll_seconds))

    def _write_script(self, submissions: Submissions) -> None:
        """Write `job.sh`; an existing one is kept if no option changes it, or if the user has changed it."""
        text = script_text(self._options, self._folder, self._threads).encode()
        if self._script.exists():
            if not self._options.in_script or _digest(text) == submissions.script_digest:
                return
            if _digest(self._script.read_bytes()) != submissions.script_digest:
                raise GrokError(
                    f"{self._script} was changed by hand, and the options ask for another one; omit the options to "
                    "submit it unchanged, or delete it to have it written again."
                )
        (self._folder / "logs").mkdir(parents=True, exist_ok=True)
        write_atomically(self._script, text)
        submissions.record_script(_digest(text))

    def _submit(self, jobs: Sequence[Job], submissions: Submissions) -> None:
        tasks = self._folder / f"tasks-{len(submissions) + 1}.txt"
        write_atomically(tasks, task_list(jobs, self._worker_options).encode())
        array = array_option(len(jobs), self._options.array_limit)
        remedy = f"correct the options, or edit {self._script}"
        answer = run_command("sbatch", "--parsable", array, str(self._script), str(tasks), remedy=remedy)
        submissions.record_job(answer.strip().partition(";")[0], jobs)

    def _refresh(self) -> None:
        self._polled = time.monotonic()
        try:
            queue = read_queue() if self._jobs else {}
        except GrokError as error:  # the controller is busy, or restarts
            unknown = JobState("queued", str(error))
            self._states = {job: self._states.get(job, unknown) for job in self._jobs}
        else:
            self._states = {job: self._state(job, queue) for job in self._jobs}

    def _state(self, job: Job, queue: Mapping[Task, JobState]) -> JobState:
        states = [queue[task] for work in _works(job) if (task := self._tasks[work]) in queue]
        if states:
            return next((state for state in states if state.phase == "running"), states[0])
        missing = [work for work in _works(job) if not is_done(*work, self._cache)]
        return JobState("failed", self._reason(missing[0])) if missing else JobState("done")

    def _reason(self, work: Work) -> str:
        """Why a run is not done: the last line about it in the log of its task, else the last line."""
        (_, run), (job_id, index) = work, self._tasks[work]
        log = self._folder / "logs" / f"{job_id}_{index}.txt"
        try:
            lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        except OSError:
            lines = [f"Slurm ended its task without a log in {log}"]
        if not lines:
            return f"Its task ended early; {log} is empty. Start the sweep again to continue."
        return next((line for line in reversed(lines) if str(run) in line), lines[-1])


def _works(job: Job) -> Iterator[Work]:
    """The runs of a job with their action, by absolute paths, as an array task in any folder needs them."""
    return ((job.action, run.absolute()) for run in job.runs)


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()
