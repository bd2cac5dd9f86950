"""From the options of a sweep to native runs with a `run.json`: everything is checked before anything is written.

The points of an existing sweep stay, with their names. A later call may add points, and extend all runs by a later end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.errors import UnreadableRun, WrongUsage
from engine.networks.config import InvalidConfig
from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import TrainingConfig
from engine.runs.answer_table import TABLE_PREFIX
from engine.runs.atomic_files import is_temporary, make_folder
from engine.runs.native_run import recorded_settings, write_run
from engine.runs.run_json import recipe_to_json
from engine.runs.training_lock import training_lock
from engine.sweeps.grid import Options, point_name
from engine.sweeps.sweep_json import InvalidSweep, Point, Sweep, read_sweep, run_path, write_sweep
from engine.training.continuation import record_end, require_continuable
from engine.training.plan import train_pairs
from engine.training.run_options import Option, settings_of_new_run

# Each run is flushed to the disk, which takes some milliseconds; a disk does many flushes at a time.
_WRITERS = 32

Change = Literal["new", "extended"]
_Settings = tuple[TrainableConfig, TrainingConfig]


@dataclass(frozen=True)
class PlannedRun:
    """A run of a sweep and its settings; `change` is what has to be written before it is trained."""

    point: Point
    path: Path
    config: TrainableConfig
    training: TrainingConfig
    change: Change | None


@dataclass(frozen=True)
class SweepPlan:
    """What a call makes of a sweep: `before` is the `sweep.json` that it continues, None for a new sweep."""

    path: Path
    before: Sweep | None
    sweep: Sweep
    runs: tuple[PlannedRun, ...]


def plan_sweep(path: Path, base: Options, points: Sequence[Options], threads: int | None = None) -> SweepPlan:
    """Plan a new sweep, or the continuation of the one in `path`; writes nothing.

    Args:
        path: the folder of the sweep.
        base: options of all runs. Of an existing sweep they may change only its end: `epochs`, `stop_when`.
        points: the options of each run. Those that an existing sweep has already are not added again.
        threads: CPU threads for each run; None: as recorded, else 1.

    Raises:
        WrongUsage: there is neither a sweep nor a point, or an option is in `base` and in a point.
        InvalidConfig: a setting is out of range; the message names the point.
        InvalidSweep: the folder holds something else, or `sweep.json` is damaged.
        GrokError: a run cannot continue with these options.
    """
    before = read_sweep(path)
    if before is None:
        _require_new_folder(path)
        if not points:
            raise WrongUsage(f"{path} has no sweep.json, so there is nothing to continue; pass --grid or --table.")
    recorded = before or Sweep({}, (), 1)
    shared = {**recorded.base, **_with_absolute_table(base)}
    settings = {point.name: _settings(point, shared) for point in recorded.points}
    added: list[Point] = []
    known = set(settings.values())
    for options in points:
        point = Point(_free_name(point_name(options), settings), _with_absolute_table(options))
        if (resolved := _settings(point, shared)) not in known:
            added.append(point)
            settings[point.name] = resolved
            known.add(resolved)
    sweep = Sweep(shared, (*recorded.points, *added), threads or recorded.threads)
    is_changed = before is not None and shared != recorded.base
    runs = (_planned_run(run_path(path, point), point, settings[point.name], is_changed) for point in sweep.points)
    return SweepPlan(path, before, sweep, tuple(runs))


def write_plan(plan: SweepPlan) -> None:
    """Write the end of each extended run, then `sweep.json`, then the `run.json` of each new run.

    In this order the same command writes what is missing after a crash.

    Raises:
        InvalidSweep: another call has changed the sweep since it was planned.
        LockedRun: a run that is extended is being trained.
    """
    make_folder(plan.path)
    if read_sweep(plan.path) != plan.before:
        raise InvalidSweep(f"{plan.path} was changed by another call at the same time; run the same command again.")
    for run in plan.runs:
        if run.change == "extended":
            with training_lock(run.path):
                record_end(run.path, run.training)
    if plan.sweep != plan.before:
        write_sweep(plan.path, plan.sweep)
    new = [run for run in plan.runs if run.change == "new"]
    with ThreadPoolExecutor(_WRITERS) as writers:
        for _ in writers.map(_write_new, new):  # raises what one of them raises
            pass


def _write_new(run: PlannedRun) -> None:
    split = recipe_to_json("random.seed", run.training.seed, train_pairs(run.config, run.training))
    write_run(run.path, run.config, split, run.training)


def _settings(point: Point, shared: Options) -> _Settings:
    """The settings of a point, which can be trained."""
    if twice := shared.keys() & point.options.keys():
        raise WrongUsage(f"{', '.join(sorted(twice))} varies within the sweep, so it cannot be an option of all runs.")
    try:
        config, training = settings_of_new_run({**shared, **point.options})
        train_pairs(config, training)
    except InvalidConfig as error:
        raise InvalidConfig(f"{point.name}: {error}") from error
    return config, training


def _with_absolute_table(options: Options) -> dict[str, Option]:
    """The options with an absolute path in `table:FILE`, so that a sweep can be continued from any folder."""
    operation = options.get("operation")
    if not (isinstance(operation, str) and operation.startswith(TABLE_PREFIX)):
        return dict(options)
    file = Path(operation.removeprefix(TABLE_PREFIX)).expanduser().absolute()
    return {**options, "operation": f"{TABLE_PREFIX}{file}"}


def _planned_run(path: Path, point: Point, settings: _Settings, is_changed: bool) -> PlannedRun:
    """The run of a point; an existing one has its recorded settings, or those with which it is extended."""
    if not (path / "run.json").exists():
        return PlannedRun(point, path, *settings, "new")
    try:
        recorded = recorded_settings(path)
    except UnreadableRun:
        return PlannedRun(point, path, *settings, None)  # whoever trains it reports the error
    if not is_changed:
        return PlannedRun(point, path, *recorded, None)
    require_continuable(path, *settings)
    (_, before), (_, after) = recorded, settings
    same_end = (before.epochs, before.stop_when) == (after.epochs, after.stop_when)
    return PlannedRun(point, path, *settings, None if same_end else "extended")


def _free_name(name: str, taken: Mapping[str, object]) -> str:
    """The name, with a number if another point has it: points may differ in characters that names do not have."""
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in names if candidate not in taken)


def _require_new_folder(path: Path) -> None:
    if path.exists() and not (path.is_dir() and all(is_temporary(entry.name) for entry in path.iterdir())):
        raise InvalidSweep(f"{path} already exists and is not a sweep; pass a new folder.")
