"""The plan that `grok-tui sweep --dry-run` prints: runs, disk and estimated time."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from grok_tui.cli.engines import Engine, counted
from grok_tui.cli.train.plan import size
from grok_tui.render.duration import duration

if TYPE_CHECKING:
    from engine.sweeps.preparation import PlannedRun, SweepPlan
    from engine.sweeps.run_status import RunStatus


def describe_sweep(plan: SweepPlan, statuses: Sequence[RunStatus], engine: Engine, pack: int) -> str:
    """The sweep in a few lines, then a line for each run: its name, which has its settings, and its state."""
    missing = [run for run, status in zip(plan.runs, statuses, strict=True) if not _is_done(run, status)]
    rows = [
        ("sweep", headline(plan, statuses)),
        ("all runs", _options(plan) or "the defaults of train"),
        ("disk", _disk(plan)),
        ("time", _time(missing, plan.sweep.threads, engine, pack) if missing else "nothing is missing"),
    ]
    width = max(len(run.point.name) for run in plan.runs)
    lines = [
        f"{run.point.name:<{width}}  {_state(run, status)}" for run, status in zip(plan.runs, statuses, strict=True)
    ]
    return "\n".join([*(f"{name:<12} {text}" for name, text in rows), "", *lines])


def headline(plan: SweepPlan, statuses: Sequence[RunStatus]) -> str:
    """How many runs there are, and how many of them are done or new."""
    done = sum(_is_done(run, status) for run, status in zip(plan.runs, statuses, strict=True))
    new = sum(run.change == "new" for run in plan.runs)
    extended = sum(run.change == "extended" for run in plan.runs)
    counts = [f"{done:,} done", *([f"{new:,} new"] if new else []), *([f"{extended:,} extended"] if extended else [])]
    return f"{counted(len(plan.runs), 'run')} in {plan.path}: {', '.join(counts)}"


def _is_done(run: PlannedRun, status: RunStatus) -> bool:
    """Whether it is trained to the end that it will have."""
    return status.state == "done" and run.change is None


def _options(plan: SweepPlan) -> str:
    return ", ".join(
        f"{name} {' '.join(map(str, value)) if isinstance(value, tuple) else value}"
        for name, value in plan.sweep.base.items()
    )


def _disk(plan: SweepPlan) -> str:
    from engine.sweeps.estimate import disk_bytes

    needed = disk_bytes(plan.runs)
    existing = next(folder for folder in (plan.path, *plan.path.absolute().parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    used = sum(file.stat().st_size for file in plan.path.rglob("*") if file.is_file()) if plan.path.is_dir() else 0
    return f"about {size(needed)}; {size(free)} free" + (": NOT ENOUGH" if needed - used > free else "")


def _time(missing: Sequence[PlannedRun], threads: int, engine: Engine, pack: int) -> str:
    """How long it takes, if that can be measured: with the engine's processes, or one run after the other here."""
    from engine.sweeps.estimate import estimated_seconds

    about = "about" if pack == 1 else "at most about"  # steps of single runs are measured
    if engine.workers is not None:
        seconds = estimated_seconds(missing, engine.workers, threads, engine.device)
        return f"{about} {duration(seconds)} with {engine.description}"
    seconds = estimated_seconds(missing, 1, threads, "cpu")
    return f"with {engine.description}; one after the other on the CPU of this machine {about} {duration(seconds)}"


def _state(run: PlannedRun, status: RunStatus) -> str:
    epochs = f"{run.training.epochs:,} epochs"
    if _is_done(run, status):
        return f"{epochs}  done"
    epoch = None if status.progress is None else status.progress.epoch
    return epochs if epoch is None else f"{epochs}  from epoch {epoch:,}"
