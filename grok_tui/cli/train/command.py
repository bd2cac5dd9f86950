"""`grok-tui train RUN`: print a plan, train, and report progress on stderr and, for programs, on stdout."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine import GrokError
from engine.training.graceful_stop import GracefulStop
from grok_tui.cli.open_explorer import choose_device, use_threads
from grok_tui.cli.output import deliver, narrate
from grok_tui.cli.train.json_log import JsonLog
from grok_tui.cli.train.options import TrainOptions
from grok_tui.cli.train.plan import describe_plan
from grok_tui.cli.train.progress import progress_narration
from grok_tui.render.duration import duration
from grok_tui.session.settings import read_settings, settings_path

if TYPE_CHECKING:
    from engine import Trained, TrainingConfig, TrainingPlan, TrainingProgress

DEFAULT_TRAIN_OPTIONS = TrainOptions()


def train(
    run: Annotated[Path, Parameter(name="RUN", help="a new folder, or a run to continue")],
    /,
    *,
    options: TrainOptions = DEFAULT_TRAIN_OPTIONS,
    json_log: Annotated[bool, Parameter(help="write a log for programs to stdout, as JSON lines")] = False,
    stop_with_stdin: Annotated[
        bool, Parameter(help="stop when standard input ends, for programs that start a training")
    ] = False,
    watch: Annotated[bool, Parameter(help="explore the run while it trains; quitting stops both")] = False,
    dry_run: Annotated[bool, Parameter(help="print the plan and the estimated time; write and train nothing")] = False,
) -> int:
    """Train a run into the new folder RUN with the study's settings unless overridden, or continue RUN.

    A run continues with its recorded settings: no option is needed. A larger --epochs or another --stop-when extends
    it, also if it is finished; other settings that differ are refused.

    Raises:
        GrokError: a setting is out of range or differs from the recorded one, RUN holds something else, or it is being
            trained already.
    """
    if dry_run:
        return _print_plan(run, options)
    if watch:
        from grok_tui.cli.train.watch import watch_training

        return watch_training(run, options, json_log)
    return _train(run, options, json_log, stop_with_stdin)


def _print_plan(run: Path, options: TrainOptions) -> int:
    """Print the plan to stdout, with the time by a few measured steps."""
    import torch

    from engine import plan
    from engine.runs.training_progress import saved_epoch
    from engine.sweeps.estimate import step_seconds

    config, training = options.settings(run)
    device = choose_device(options.device or read_settings(settings_path()).device)
    use_threads(options.threads)
    planned = plan(config, training)
    seconds = step_seconds(config, training, torch.get_num_threads(), device)
    missing = training.epochs - (saved_epoch(run) or 0)
    time = f"{'time':<12} about {duration(missing * seconds)} for {missing:,} epochs, {1 / seconds:.1f} per second"
    deliver(f"{describe_plan(planned, config, training, run, device)}\n{time}", None)
    return 0


def _train(run: Path, options: TrainOptions, json_log: bool, stop_with_stdin: bool) -> int:
    log = JsonLog(sys.stdout if json_log else None, run)
    try:
        return _train_logged(run, options, log, stop_with_stdin)
    except GrokError as error:
        log.failed(str(error))
        raise


def _train_logged(run: Path, options: TrainOptions, log: JsonLog, stop_with_stdin: bool) -> int:
    from engine import plan
    from engine import train as train_run

    config, training = options.settings(run)
    device = choose_device(options.device or read_settings(settings_path()).device)
    use_threads(options.threads)
    planned = plan(config, training)
    narrate(describe_plan(planned, config, training, run, device))
    log.plan(planned, config, training, device)
    with GracefulStop(stop_with_stdin) as stop, progress_narration() as advance:

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
            should_stop=stop.requested,
        )
    log.ended(trained, stop.reason)
    narrate(_ending(trained, planned, training, run, options))
    return stop.status if trained.ending == "stopped" else 0


def _ending(trained: Trained, planned: TrainingPlan, training: TrainingConfig, run: Path, options: TrainOptions) -> str:
    """How the training ended, in a sentence."""
    epoch = trained.progress.epoch
    if trained.ending == "stopped":
        return f"Stopped at epoch {epoch:,}; everything is saved. To continue: {options.command(run)}"
    if trained.progress.steps == 0 and epoch > 0:
        extension = "a larger --epochs" if trained.ending == "epochs" else "a smaller --stop-when"
        return f"{run} is already trained to epoch {epoch:,}; {extension} extends it."
    saved = len({epoch, *(planned_epoch for planned_epoch in planned.checkpoints if planned_epoch <= epoch)})
    reason = "" if trained.ending == "epochs" else f"The test loss is below {training.stop_when} at epoch {epoch:,}. "
    return f"{reason}Wrote {saved:,} checkpoints to {run}."
