"""The engines that run the jobs of a sweep, by the name of `--on`, each with its options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine import WrongUsage
from grok_tui.cli.open_explorer import choose_device
from grok_tui.cli.train.options import TrainOptions
from grok_tui.session.settings import read_settings, settings_path

if TYPE_CHECKING:
    from engine.sweeps.executor import Executor
    from engine.sweeps.preparation import SweepPlan

ENGINES = ("local",)


@Parameter(name="*")
@dataclass(frozen=True)
class EngineChoice:
    """Where the runs are trained, and how many at once."""

    on: Annotated[str, Parameter(help="where to train: local (this machine)")] = "local"
    workers: Annotated[
        int | None,
        Parameter(help="with --on local: processes at once; default: one per --threads cores, on a GPU one"),
    ] = None


@dataclass(frozen=True)
class Engine:
    """An executor that has not started, and how it is described in the plan."""

    executor: Executor
    workers: int
    device: str
    description: str


def choose_engine(choice: EngineChoice, training: TrainOptions, plan: SweepPlan) -> Engine:
    """The engine that --on names.

    Raises:
        WrongUsage: there is no such engine, or an option is out of range.
        GrokError: the engine or the device is not available.
    """
    if choice.on == "local":
        return _local(choice, training, plan)
    raise WrongUsage(f"--on is {' or '.join(ENGINES)}; found {choice.on!r}.")


def _local(choice: EngineChoice, training: TrainOptions, plan: SweepPlan) -> Engine:
    from engine.sweeps.local import LocalExecutor, core_count

    device, threads = choose_device(training.device or read_settings(settings_path()).device), plan.sweep.threads
    default = 1 if device == "cuda" else max(1, core_count() // threads)
    workers = default if choice.workers is None else choice.workers
    if workers < 1:
        raise WrongUsage(f"--workers is at least 1; found {workers}.")
    words = f"{counted(workers, 'worker')} of {counted(threads, 'thread')} on {device}"
    return Engine(LocalExecutor(workers, threads, device), workers, device, words)


def on_option(choice: EngineChoice) -> list[str]:
    """The arguments that choose the same engine again."""
    return [] if choice.on == "local" else ["--on", choice.on]


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "worker"), counted(1200, "run")
    ('1 worker', '1,200 runs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
