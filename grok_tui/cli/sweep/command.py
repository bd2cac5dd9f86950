"""`grok-tui sweep SWEEP`: write the runs of a grid, train what is missing, and show one live table."""

from __future__ import annotations

import shlex
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine.sweeps.executor import Action, Executor, Job
from engine.sweeps.run_status import ENDED, RunStatus, StatusReader
from grok_tui.cli.engines import EngineChoice, choose_engine, counted
from grok_tui.cli.open_explorer import check_threads
from grok_tui.cli.output import deliver, narrate, prints_as_narration
from grok_tui.cli.sweep.narration import sweep_narration
from grok_tui.cli.sweep.options import SweepOptions
from grok_tui.cli.train.options import TrainOptions
from grok_tui.session.user_folders import user_folder

if TYPE_CHECKING:
    from engine.training.graceful_stop import GracefulStop

DEFAULT_SWEEP, DEFAULT_ENGINE, DEFAULT_TRAINING = SweepOptions(), EngineChoice(), TrainOptions()
_POLL_SECONDS = 0.25
_DONE: Mapping[Action, str] = {"train": "trained", "measure": "measured"}


def sweep(
    sweep: Annotated[Path, Parameter(name="SWEEP", help="a new folder, or a sweep to continue")],
    /,
    *,
    options: SweepOptions = DEFAULT_SWEEP,
    engine: EngineChoice = DEFAULT_ENGINE,
    training: TrainOptions = DEFAULT_TRAINING,
) -> int:
    """Train a run for each point of a grid into the folder SWEEP, or continue SWEEP.

    Only what is missing is trained. A larger grid adds runs; a larger --epochs or another --stop-when extends all.
    Training options are those of `grok-tui train`, for all runs.

    Raises:
        GrokError: a setting is out of range or differs from the recorded one, or SWEEP holds something else.
    """
    from engine.sweeps.completion import is_done
    from engine.sweeps.jobs import require_packable_runs, training_jobs
    from engine.sweeps.preparation import plan_sweep, write_plan
    from engine.training.graceful_stop import GracefulStop
    from grok_tui.cli.sweep.plan import describe_sweep, headline

    engine.check()
    options.check()
    check_threads(training.threads)
    plan = plan_sweep(sweep, training.explicit, options.points(), training.threads)
    if options.pack > 1:
        require_packable_runs(plan.runs)
    cache = user_folder("cache")
    make_engine = partial(choose_engine, engine, sweep, threads=plan.sweep.threads, device=training.device, cache=cache)
    chosen, runs = make_engine(), {run.point.name: run.path for run in plan.runs}
    before = StatusReader(runs).read({})
    if options.dry_run:
        deliver(describe_sweep(plan, before, chosen, options.pack), None)
        return 0
    narrate(f"{headline(plan, before)}; {chosen.description}")
    write_plan(plan)
    command = shlex.join(["grok-tui", "sweep", str(sweep), *engine.arguments])
    with prints_as_narration(), GracefulStop() as stop, closing(chosen):
        missing = [run for run in plan.runs if not is_done("train", run.path)]
        status = _do_jobs(training_jobs(missing, options.pack), runs, chosen.executor, stop, command)
        if options.measure and not stop.requested():
            trained = {name: path for name, path in runs.items() if is_done("train", path)}
            jobs = [Job("measure", (path,)) for path in trained.values() if not is_done("measure", path, cache)]
            status = max(status, _do_jobs(jobs, trained, make_engine().executor, stop, f"{command} --measure"))
    return status


def _do_jobs(
    jobs: Sequence[Job], runs: Mapping[str, Path], executor: Executor, stop: GracefulStop, command: str
) -> int:
    """Do jobs, all to train or all to measure, and show the runs, by name, meanwhile; returns the exit status."""
    if jobs:
        statuses = _follow(StatusReader(runs), executor, jobs, stop)
        return _report(jobs[0].action, statuses, stop, executor, command)
    narrate(f"{counted(len(runs), 'run')}: nothing is missing.")
    return 0


def _follow(reader: StatusReader, executor: Executor, jobs: Sequence[Job], stop: GracefulStop) -> Sequence[RunStatus]:
    """Show the runs until all have ended or a stop is requested; returns their last statuses."""
    with sweep_narration() as show:
        executor.start(jobs)
        try:
            while True:
                statuses = reader.read(executor.states())
                show(statuses)
                if stop.requested() or all(status.state in ENDED for status in statuses):
                    break
                time.sleep(_POLL_SECONDS)
        finally:
            if not executor.detached:
                executor.stop()
        statuses = reader.read(executor.states())
        show(statuses)
    return statuses


def _report(action: Action, statuses: Sequence[RunStatus], stop: GracefulStop, executor: Executor, command: str) -> int:
    """Say how it ended, with the reason of each failure; returns the exit status."""
    for status in statuses:
        if status.state in ("failed", "skipped"):
            narrate(f"{status.name} {status.state}: {status.detail}")
    if stop.requested():
        what = "The jobs continue. To follow them" if executor.detached else "Stopped; everything is saved. To continue"
        narrate(f"{what}: {command}")
        return stop.status
    done = sum(status.state == "done" for status in statuses)
    rest = "" if done == len(statuses) else f" To continue: {command}"
    narrate(f"{done:,} of {counted(len(statuses), 'run')} are {_DONE[action]}.{rest}")
    return 0 if done == len(statuses) else 1
