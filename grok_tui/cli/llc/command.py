"""`grok-tui llc [RUN]`: estimate the local learning coefficient of each checkpoint, and cache each estimate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from engine import UnreadableRun
from engine.networks.memory import NotEnoughMemory
from engine.networks.overflow import OutOfRange
from grok_tui.cli import option_groups
from grok_tui.cli.chosen_epochs import EPOCHS_HELP, chosen_epochs
from grok_tui.cli.llc.options import DEFAULT_SAMPLING, SamplingOptions
from grok_tui.cli.llc.progress import Advance, llc_progress
from grok_tui.cli.open_explorer import open_explorer
from grok_tui.cli.options import (
    DEFAULT_ENGINE_OPTIONS,
    DEFAULT_RUN_OPTIONS,
    FORMAT_HELP,
    EngineOptions,
    Force,
    OutputPath,
    RunArgument,
    RunOptions,
)
from grok_tui.cli.output import check_output, check_readings, deliver, format_of, narrate, narrate_warnings
from grok_tui.render.duration import duration
from grok_tui.session.settings import read_settings, settings_path

if TYPE_CHECKING:
    from engine import Explorer
    from engine.metrics.llc.estimate import Llc
    from engine.metrics.llc.settings import LlcSettings
    from engine.training.graceful_stop import GracefulStop

LlcFormat = Literal["text", "csv", "json"]
FORMATS: dict[str, LlcFormat] = {"txt": "text", "csv": "csv", "json": "json"}  # by the ending of a file name
Job = tuple[int, "LlcSettings"]  # an epoch, and how its chains are drawn


class Stopped(Exception):
    """A stop was requested between two steps."""


@dataclass
class Results:
    """What was estimated, and the reasons of checkpoints that were skipped."""

    estimates: dict[Job, Llc] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)


def llc(
    run: RunArgument = None,
    /,
    *,
    epochs: Annotated[str | None, Parameter(help=EPOCHS_HELP, group=option_groups.SELECTION)] = None,
    sampling: SamplingOptions = DEFAULT_SAMPLING,
    calibrate: Annotated[
        bool,
        Parameter(
            help="sweep step size and nbeta on one epoch (default: the last), by factors of 10 around the options, and "
            "draw the map of the estimates",
            group=option_groups.SAMPLING,
        ),
    ] = False,
    format: Annotated[LlcFormat | None, Parameter(help=FORMAT_HELP, group=option_groups.OUTPUT)] = None,
    output: OutputPath = None,
    force: Force = False,
    run_options: RunOptions = DEFAULT_RUN_OPTIONS,
    engine_options: EngineOptions = DEFAULT_ENGINE_OPTIONS,
) -> int:
    """Estimate the local learning coefficient of each checkpoint.

    Raises:
        GrokError: the run cannot be read, or an option does not fit it.
    """
    from engine.training.graceful_stop import GracefulStop
    from grok_tui.cli.llc.calibration import calibration_output, calibration_settings, one_epoch
    from grok_tui.cli.llc.output import llc_output

    form = format_of(output, format, FORMATS)
    check_output(output, force=force)
    settings = sampling.settings(calibrate)
    engine_options = engine_options.with_defaults(read_settings(settings_path()))
    explorer = open_explorer(run, run_options, engine_options)
    narrate_warnings(explorer)
    check_readings(explorer, force=run_options.force_reading)
    settings = explorer.llc.resolved(settings)
    if calibrate:
        epoch = one_epoch(explorer, epochs)
        jobs = [(epoch, each) for each in calibration_settings(settings)]
        what = f"{len(jobs)} choices of step size and nbeta"
    else:
        jobs = [(epoch, settings) for epoch in chosen_epochs(explorer, epochs)]
        what = "1 checkpoint" if len(jobs) == 1 else f"{len(jobs):,} checkpoints"
    results = Results()
    with GracefulStop() as stop:
        try:
            _estimate(explorer, jobs, what, results, stop)
        except (Stopped, KeyboardInterrupt):
            narrate(_kept(explorer, jobs, what, cached=not engine_options.no_cache))
            return stop.status
    for sentence in results.skipped:
        narrate(f"Skipped {sentence}")
    if results.estimates:
        reference = engine_options.reference_epoch or explorer.epochs[-1]
        provenance = explorer.provenance(jobs[0][0] if len(jobs) == 1 or calibrate else None, reference)
        if calibrate:
            content = calibration_output(list(results.estimates.values()), provenance, form, output)
        else:
            content = llc_output({epoch: found for (epoch, _), found in results.estimates.items()}, provenance, form)
        deliver(content, output, force=force)
    return 1 if results.skipped else 0


def _estimate(explorer: Explorer, jobs: Sequence[Job], what: str, results: Results, stop: GracefulStop) -> None:
    """Estimate what is not cached, with the time beforehand and a progress bar.

    Raises:
        Stopped: a stop was requested.
    """
    missing = [job for job in jobs if explorer.llc.cached(*job) is None]
    if missing:
        seconds = explorer.llc.step_seconds(*missing[0])
        total = sum(settings.steps for _, settings in missing)
        cached = f"; {len(jobs) - len(missing):,} of {len(jobs):,} are cached" if len(missing) < len(jobs) else ""
        narrate(f"about {duration(seconds * total)} for {_counted(missing, what)}{cached}")
    with llc_progress(sum(settings.steps for _, settings in missing)) as advance:
        for epoch, settings in jobs:
            try:
                estimate = explorer.llc.estimate(epoch, settings, _on_step(epoch, advance, stop))
            except (UnreadableRun, OutOfRange, NotEnoughMemory) as error:
                results.skipped.append(f"epoch {epoch:,}: {error}")
            else:
                results.estimates[epoch, settings] = estimate


def _on_step(epoch: int, advance: Advance, stop: GracefulStop) -> Callable[[], None]:
    def on_step() -> None:
        advance(f"epoch {epoch:,}")
        if stop.requested():
            raise Stopped

    return on_step


def _counted(missing: Sequence[Job], what: str) -> str:
    number = f"{len(missing):,}"
    words = what.split(" ", 1)[1]
    return f"{number} {'checkpoint' if words.startswith('checkpoint') and len(missing) == 1 else words}"


def _kept(explorer: Explorer, jobs: Sequence[Job], what: str, cached: bool) -> str:
    if not cached:
        return "Stopped; with --no-cache no estimate is cached."
    done = sum(explorer.llc.cached(*job) is not None for job in jobs)
    return f"Stopped; {done:,} of {what} {'is' if len(jobs) == 1 else 'are'} cached. The same command continues."
