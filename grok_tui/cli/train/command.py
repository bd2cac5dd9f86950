"""`grok-tui train`: a plan, then the training, told on stderr and, for programs, on stdout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from grok_tui.cli.open_explorer import choose_device, use_threads
from grok_tui.cli.train.graceful_stop import GracefulStop
from grok_tui.cli.train.options import TrainOptions
from grok_tui.render.cells import clean

if TYPE_CHECKING:
    from engine import Trained, TrainingPlan, TrainingProgress

DEFAULT_TRAIN_OPTIONS = TrainOptions()


def train(
    run: Annotated[Path, Parameter(name="RUN", help="a new folder, or a run of the same settings to go on with")],
    *,
    options: TrainOptions = DEFAULT_TRAIN_OPTIONS,
    json_log: Annotated[bool, Parameter(negative=(), help="an object a line on stdout, for programs")] = False,
    stop_with_stdin: Annotated[
        bool, Parameter(negative=(), help="stop when standard input ends, as it does with the program at its other end")
    ] = False,
    watch: Annotated[bool, Parameter(negative=(), help="explore the run while it trains; quitting stops both")] = False,
) -> int:
    """Train a run into the folder RUN, by the study's recipe unless told otherwise; go on with it if it was stopped."""
    if watch:
        from grok_tui.cli.train.watch import watch_training

        return watch_training(run, options, json_log)
    return _train(run, options, json_log, stop_with_stdin)


def _train(run: Path, options: TrainOptions, json_log: bool, stop_with_stdin: bool) -> int:
    from engine import GrokError, plan
    from engine import train as train_run
    from grok_tui.cli.train.json_log import JsonLog
    from grok_tui.cli.train.plan import describe_plan
    from grok_tui.cli.train.progress import narrated

    config, training, device = options.model(), options.training(), choose_device(options.device)
    use_threads(options.threads)
    planned = plan(config, training)
    _narrate(describe_plan(planned, config, training, run, device))
    log = JsonLog(sys.stdout if json_log else None, run)
    log.plan(planned, config, training, device)
    try:
        with GracefulStop(stop_with_stdin) as wishes, narrated() as advance:

            def on_progress(progress: TrainingProgress) -> None:
                advance(progress)
                if progress.epoch % training.test_every == 0 or progress.steps == 0:
                    log.progress(progress)

            trained = train_run(
                config,
                training,
                path=run,
                device=device,
                on_progress=on_progress,
                on_checkpoint=lambda epoch, weights: log.checkpoint(epoch),
                should_stop=wishes.requested,
            )
    except GrokError as error:
        log.failed(str(error))
        raise
    log.ended(trained, wishes.reason)
    _narrate(_ending(trained, planned, run, options))
    return wishes.status if trained.ending == "stopped" else 0


def _ending(trained: Trained, planned: TrainingPlan, run: Path, options: TrainOptions) -> str:
    epoch = trained.progress.epoch
    if trained.ending == "stopped":
        return f"Stopped at epoch {epoch:,}, all of it saved. To go on: {options.command(run)}"
    if trained.progress.steps == 0 and epoch > 0:
        return f"{run} is trained already, to epoch {epoch:,}."
    kept = len({epoch, *(one for one in planned.checkpoints if one <= epoch)})
    low = "" if trained.ending == "epochs" else f"The test loss is below {options.stop_when} at epoch {epoch:,}. "
    return f"{low}Wrote {kept:,} checkpoints to {run}."


def _narrate(text: str) -> None:
    for line in text.splitlines():
        print(clean(line), file=sys.stderr)
