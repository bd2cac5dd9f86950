"""Does the work of a job, in any process on any machine that shares the file system.

As a program: `python -m engine.sweeps.worker ACTION [--threads N] [--device D] [--packed] RUN...`. A run that is
finished, or that another process trains, is skipped, so a job that was interrupted can be started again anywhere.
SIGTERM, SIGINT or SIGHUP stop it after the current step, with everything saved.

Exit status: 0 done; 1 a run failed, with a sentence on stderr; 2 wrong usage; 128 + signal number if stopped.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from engine.errors import GrokError
from engine.runs.training_lock import LockedRun
from engine.runs.training_progress import read_progress
from engine.sweeps.executor import Action, Job
from engine.sweeps.job_stream import JobResult, lines, read_job, result_line
from engine.training.graceful_stop import GracefulStop


def run_job(
    job: Job,
    *,
    threads: int | None = None,
    device: str = "cpu",
    cache: Path | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> JobResult:
    """Do what is missing of a job, one run after the other; an error in one run does not stop the others.

    Args:
        job: to be trained, its runs have a `run.json`.
        threads: the number of CPU threads, which affects rounding; None keeps torch's default.
        device: where to compute.
        cache: the user's folder of cached results, for "measure".
        should_stop: called at every step; if it returns True, everything is saved and the job ends.
    """
    import torch

    if threads is not None:
        torch.set_num_threads(threads)
    work = _train_packed if job.packed else _WORK[job.action]
    failures: list[str] = []
    skipped: list[str] = []
    for runs in [job.runs] if job.packed else [(run,) for run in job.runs]:
        if should_stop():
            break
        for error in _errors_of(partial(work, runs, device, cache, should_stop)):
            if isinstance(error, LockedRun):
                skipped.append(str(error))
            else:
                failures.append(str(error) if isinstance(error, GrokError) else f"{runs[0]}: {_of_library(error)}")
    return JobResult(tuple(failures), tuple(skipped), should_stop())


def _errors_of(work: Callable[[], Sequence[Exception]]) -> Sequence[Exception]:
    """The errors of single runs, or the one that ended the work."""
    try:
        return work()
    except Exception as error:  # also of torch, such as too little GPU memory: it must not stop the other runs
        return [error]


def _of_library(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"


def _train(
    runs: Sequence[Path], device: str, cache: Path | None, should_stop: Callable[[], bool]
) -> Sequence[Exception]:
    """Train a run to its end."""
    from engine.runs.native_run import recorded_settings
    from engine.training.trainer import train

    for run in runs:
        if not read_progress(run).finished:
            config, training = recorded_settings(run)
            train(config, training, path=run, device=device, should_stop=should_stop)
    return []


def _train_packed(
    runs: Sequence[Path], device: str, cache: Path | None, should_stop: Callable[[], bool]
) -> Sequence[Exception]:
    """Train runs to their ends as one batch."""
    from engine.training.packed import train_packed

    outcomes = train_packed(runs, device=device, should_stop=should_stop)
    return [outcome for outcome in outcomes.values() if isinstance(outcome, GrokError)]


def _measure(
    runs: Sequence[Path], device: str, cache: Path | None, should_stop: Callable[[], bool]
) -> Sequence[Exception]:
    """Compute the metrics of a run that are missing in the cache."""
    from engine.many_runs.measure import measure_run

    for run in runs:
        measure_run(run, cache, should_stop, device=device)
    return []


_Work = Callable[[Sequence[Path], str, Path | None, Callable[[], bool]], Sequence[Exception]]
_WORK: Mapping[Action, _Work] = {"train": _train, "measure": _measure}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job that the arguments describe and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m engine.sweeps.worker", description="Do the work of a job.")
    commands = parser.add_subparsers(dest="action", required=True)
    for action in _WORK:
        command = commands.add_parser(action, parents=[_shared_options()])
        command.add_argument("runs", nargs="+", type=Path, metavar="RUN")
        command.add_argument("--packed", action="store_true", help="train the runs, which have one shape, as one batch")
        command.add_argument("--stop-with-stdin", action="store_true", help="stop when standard input ends")
    commands.add_parser("stream", parents=[_shared_options()], help="jobs as JSON lines on stdin, results on stdout")
    options = parser.parse_args(arguments)
    do_job = partial(run_job, threads=options.threads, device=options.device, cache=options.cache)
    if options.action == "stream":
        return _run_stream(do_job)
    with GracefulStop(options.stop_with_stdin) as stop:
        result = do_job(Job(options.action, tuple(options.runs), options.packed), should_stop=stop.requested)
    for sentence in (*result.skipped, *result.failures):
        print(sentence, file=sys.stderr)
    if result.stopped:
        return stop.status
    return 1 if result.failures else 0


def _shared_options() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--threads", type=int, help="number of CPU threads; default: one per core")
    options.add_argument("--device", default="cpu", help="where to compute; default: cpu")
    options.add_argument("--cache", type=Path, help="the user's folder of cached results, for measure; default: none")
    return options


def _run_stream(do_job: Callable[..., JobResult]) -> int:
    """Run jobs until stdin ends, which stops the present one, or a signal arrives."""
    jobs: SimpleQueue[Job | None] = SimpleQueue()
    with GracefulStop() as stop:

        def read_jobs() -> None:
            for line in lines(sys.stdin.fileno()):
                jobs.put(read_job(line))
            stop.request("stdin")
            jobs.put(None)

        threading.Thread(target=read_jobs, daemon=True).start()
        while not stop.requested() and (job := jobs.get()) is not None:
            sys.stdout.write(result_line(do_job(job, should_stop=stop.requested)))
            sys.stdout.flush()
    return stop.status


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # a normal exit spends a second on unloading torch
