"""The engines that run jobs, by the name of `--on`, each with its options; for all commands that have such jobs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from engine import WrongUsage
from grok_tui.cli import option_groups
from grok_tui.cli.open_explorer import choose_device, gpu_count
from grok_tui.session.settings import Device, read_settings, settings_path

if TYPE_CHECKING:
    from engine.sweeps.executor import Executor

# The options that belong to one engine.
_OPTIONS = {
    "local": ("workers",),
    "slurm": ("partition", "time", "gpus", "cpus_per_task", "array_limit", "requeue", "runs_per_task"),
    "ray": ("jobs_per_gpu",),
}


@Parameter(name="*", group=option_groups.JOBS)
@dataclass(frozen=True)
class EngineChoice:
    """Where jobs run, and how many at once."""

    on: Annotated[
        str,
        Parameter(help="local (processes here), slurm (job arrays) or ray[=HOST:PORT]", metavar="ENGINE"),
    ] = "local"
    workers: Annotated[
        int | None, Parameter(help="local: processes at once; default: one per --threads cores, or one per GPU")
    ] = None
    partition: Annotated[str | None, Parameter(help="slurm: the partition; default: the cluster's")] = None
    time: Annotated[
        str | None,
        Parameter(help="slurm: time limit of a task, such as 2:00:00; a task that reaches it is saved and requeued"),
    ] = None
    gpus: Annotated[str | None, Parameter(help="slurm: GPUs of a task, such as 1 or a100:1; trains on cuda")] = None
    cpus_per_task: Annotated[int | None, Parameter(help="slurm: CPU cores of a task; default: --threads")] = None
    array_limit: Annotated[int | None, Parameter(help="slurm: how many tasks may run at once")] = None
    requeue: Annotated[
        bool | None,
        Parameter(
            negative="--no-requeue", help="slurm: start tasks again that were stopped or lost their node; default: yes"
        ),
    ] = None
    runs_per_task: Annotated[
        int | None, Parameter(help="slurm: runs that a task does one after the other, for short ones; default: 1")
    ] = None
    jobs_per_gpu: Annotated[int | None, Parameter(help="ray: jobs that share a GPU; default: 1")] = None

    @property
    def name(self) -> str:
        """The name of the engine, without an address."""
        return self.on.partition("=")[0]

    def check(self) -> None:
        """Check the options before anything is written.

        Raises:
            WrongUsage: there is no such engine, an option is out of range, or belongs to another engine.
        """
        if self.name not in _OPTIONS or ("=" in self.on and self.name != "ray"):
            raise WrongUsage(f"--on is local, slurm or ray[=HOST:PORT]; found {self.on!r}.")
        for engine, options in _OPTIONS.items():
            for option in options:
                value, written = getattr(self, option), f"--{option.replace('_', '-')}"
                if value is not None and engine != self.name:
                    raise WrongUsage(f"{written} is an option of --on {engine}; omit it with --on {self.name}.")
                if type(value) is int and value < 1:
                    raise WrongUsage(f"{written} is at least 1; found {value}.")

    @property
    def arguments(self) -> list[str]:
        """The arguments that choose the same engine again."""
        return [] if self.on == "local" else ["--on", self.on]


def _nothing() -> None:
    """Closes an engine that needs no closing."""


@dataclass(frozen=True)
class Engine:
    """An executor that has not started, what it computes on, and how a plan describes it.

    `workers` is the number of jobs at once; None if others decide. `close` is called once the jobs have ended.
    """

    executor: Executor
    device: str
    description: str
    workers: int | None = None
    close: Callable[[], None] = _nothing


def choose_engine(
    choice: EngineChoice, folder: Path, *, threads: int, device: Device | None, cache: Path | None = None
) -> Engine:
    """The engine that `choice` names.

    Args:
        choice: the engine and its options.
        folder: the folder of the sweep or of the runs, where an engine may keep files.
        threads: the CPU threads of each job.
        device: where to compute; None or "auto": the engine's default.
        cache: the user's folder of cached results, for metrics.

    Raises:
        WrongUsage: an option is invalid.
        GrokError: the device is not available.
    """
    choice.check()
    make = {"local": _local, "slurm": _slurm, "ray": _ray}[choice.name]
    return make(choice, folder, threads, device, cache)


def _local(choice: EngineChoice, folder: Path, threads: int, device: Device | None, cache: Path | None) -> Engine:
    from engine.sweeps.local import LocalExecutor, core_count

    chosen = choose_device(device or read_settings(settings_path()).device)
    n_gpus = gpu_count() if chosen == "cuda" else 0
    workers = choice.workers or n_gpus or max(1, core_count() // threads)
    words = f"{counted(workers, 'worker')} of {counted(threads, 'thread')} on {chosen}"
    return Engine(LocalExecutor(workers, threads, chosen, cache, n_gpus), chosen, words, workers)


def _slurm(choice: EngineChoice, folder: Path, threads: int, device: Device | None, cache: Path | None) -> Engine:
    from engine.sweeps.slurm.executor import SlurmExecutor
    from engine.sweeps.slurm.script import SlurmOptions

    options = SlurmOptions(**{name: getattr(choice, name) for name in _OPTIONS["slurm"] if name != "runs_per_task"})
    options = replace(options, runs_per_task=choice.runs_per_task or 1)
    chosen = _remote_device(device, has_gpus=choice.gpus is not None)
    executor = SlurmExecutor(folder, options, threads=threads, device=chosen, cache=cache)
    return Engine(executor, chosen, f"tasks of Slurm with {counted(threads, 'thread')} on {chosen}")


def _ray(choice: EngineChoice, folder: Path, threads: int, device: Device | None, cache: Path | None) -> Engine:
    from engine.sweeps.ray_cluster import disconnect
    from engine.sweeps.ray_tasks import RayExecutor, RayOptions

    options = RayOptions(choice.on.partition("=")[2] or None, choice.jobs_per_gpu or 1)
    chosen = _remote_device(device, has_gpus=choice.jobs_per_gpu is not None)
    executor = RayExecutor(options, threads=threads, device=chosen, cache=cache)
    return Engine(executor, chosen, f"tasks of Ray with {counted(threads, 'thread')} on {chosen}", close=disconnect)


def _remote_device(device: Device | None, *, has_gpus: bool) -> str:
    """The device on other machines, whose GPUs are not those of this one."""
    return "cuda" if device == "cuda" or (has_gpus and device in (None, "auto")) else "cpu"


def counted(number: int, noun: str) -> str:
    """A number with its noun.

    >>> counted(1, "worker"), counted(1200, "run")
    ('1 worker', '1,200 runs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
