"""`grok-tui sweep SWEEP`: write the runs of a grid, train what is missing, and show one live table."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from grok_tui.cli.open_explorer import check_threads
from grok_tui.cli.output import deliver, narrate
from grok_tui.cli.sweep.engines import EngineChoice, choose_engine, counted, on_option
from grok_tui.cli.sweep.narration import sweep_narration
from grok_tui.cli.sweep.options import SweepOptions
from grok_tui.cli.train.options import TrainOptions

if TYPE_CHECKING:
    from engine.sweeps.executor import Executor, Job
    from engine.sweeps.preparation import SweepPlan
    from engine.sweeps.run_status import RunStatus, StatusReader
    from engine.training.graceful_stop import GracefulStop

DEFAULT_SWEEP, DEFAULT_ENGINE, DEFAULT_TRAINING = SweepOptions(), EngineChoice(), TrainOptions()
_POLL_SECONDS = 0.25


def sweep(
    sweep: Annotated[Path, Parameter(name="SWEEP", help="a new folder, or a sweep to continue")],
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
    from engine.sweeps.executor import Job
    from engine.sweeps.preparation import plan_sweep, write_plan
    from engine.training.graceful_stop import GracefulStop
    from grok_tui.cli.sweep.plan import describe_sweep, headline

    check_threads(training.threads)
    plan = plan_sweep(sweep, training.explicit, options.points(), training.threads)
    chosen = choose_engine(engine, training, plan)
    if options.dry_run:
        deliver(describe_sweep(plan, _reader(plan).read({}), chosen), None)
        return 0
    write_plan(plan)
    reader = _reader(plan)
    before = reader.read({})
    narrate(f"{headline(plan, before)}; {chosen.description}")
    missing = [Job("train", (status.path,)) for status in before if status.state != "done"]
    if not missing:
        narrate("Nothing is missing; a larger --grid adds runs, a larger --epochs extends them.")
        return 0
    with GracefulStop() as stop:
        statuses = _follow(reader, chosen.executor, missing, stop)
    return _report(statuses, stop, chosen.executor, shlex.join(["grok-tui", "sweep", str(sweep), *on_option(engine)]))


def _reader(plan: SweepPlan) -> StatusReader:
    from engine.sweeps.run_status import StatusReader

    return StatusReader({run.point.name: run.path for run in plan.runs})


def _follow(reader: StatusReader, executor: Executor, jobs: Sequence[Job], stop: GracefulStop) -> tuple[RunStatus, ...]:
    """Show the runs until all have ended or a stop is requested; returns their last statuses."""
    from engine.sweeps.run_status import ENDED

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


def _report(statuses: Sequence[RunStatus], stop: GracefulStop, executor: Executor, command: str) -> int:
    """Say how the sweep ended, with the reason of each failure, and return the exit status."""
    for status in statuses:
        if status.state in ("failed", "skipped"):
            narrate(f"{status.name} {status.state}: {status.detail}")
    if stop.requested():
        what = "The jobs continue. To follow them" if executor.detached else "Stopped; everything is saved. To continue"
        narrate(f"{what}: {command}")
        return stop.status
    done = sum(status.state == "done" for status in statuses)
    rest = "" if done == len(statuses) else f" To continue: {command}"
    narrate(f"{done:,} of {counted(len(statuses), 'run')} are trained.{rest}")
    return 0 if done == len(statuses) else 1
