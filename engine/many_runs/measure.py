"""Compute the metrics of all checkpoints of a run, as far as they are not cached, and what they say of the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from time import sleep, time

import torch

from engine.errors import GrokError
from engine.explorer.explorer import Explorer
from engine.explorer.reading_check import ContradictedReading
from engine.explorer.run_metrics import RunMetricsSnapshot
from engine.explorer.training_phases import find_training_phases
from engine.many_runs.cache_folders import metrics_folder, readings_folder, rows_folder
from engine.many_runs.discovery import find_runs
from engine.many_runs.loss_thinning import thin_losses
from engine.many_runs.row_cache import RowCache
from engine.many_runs.row_files import RACY_SECONDS, files_of
from engine.many_runs.run_row import MeasuredRun
from engine.many_runs.summarise import summarise
from engine.runs.open_run import open_run

GROKKED_ACCURACY = 0.99  # of the last checkpoint on the test pairs


def measure_run(
    path: Path,
    cache: Path | None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    device: torch.device | str = "cpu",
) -> bool:
    """Compute the missing metrics of the run at a path and cache them; returns whether they are complete.

    `cache` is the user's cache folder. `should_stop` is asked before each checkpoint; what is computed stays cached.

    Raises:
        GrokError: the run cannot be read, its reading contradicts its recorded losses, or memory is short.
    """
    steps = measuring_steps(path, cache, device=device)
    while not should_stop():
        if next(steps, None) is None:
            return True
    return False


def measuring_steps(path: Path, cache: Path | None, *, device: torch.device | str = "cpu") -> Iterator[tuple[int, int]]:
    """The same, step by step: yields the number of checkpoints done, and of all. Raises as `measure_run`."""
    found = next(iter(find_runs([path])), None)
    if found is None:
        raise GrokError(f"{path} contains no run.")
    rows, files = RowCache(rows_folder(cache)), files_of(found)
    known = rows.load(found.path)
    if known is not None and known.measured is not None and known.signature == files.signature:
        return
    run = open_run(found.path, cache=readings_folder(cache))
    if not run.has_weights:
        return
    explorer = Explorer(run, cache=metrics_folder(cache), device=device)
    if explorer.reading_check is not None and (sentence := explorer.reading_check.sentence) is not None:
        raise ContradictedReading(sentence)
    last, total = run.epochs[-1], len(run.epochs)
    metrics = explorer.run_metrics(last)
    for done, _ in enumerate(metrics.steps(), start=1):
        yield done, total
    snapshot = metrics.snapshot()
    if not snapshot.complete or not snapshot.metrics:
        raise GrokError(f"{path}: {next(iter(metrics.failures.values()))}")
    summary = summarise(run)
    if run.losses is None:
        series = (snapshot.series("loss", part) for part in ("train", "test"))
        summary = replace(summary, losses=thin_losses(snapshot.epochs, *series))
    if files.may_change_unseen(time()):
        sleep(RACY_SECONDS)
    if files_of(found).signature == files.signature:
        rows.store(found.path, files, summary, measured_from(snapshot, explorer.keys(last)))


def measured_from(snapshot: RunMetricsSnapshot, key_frequencies: tuple[int, ...]) -> MeasuredRun:
    """What the metrics of all checkpoints say of a run.

    The phases are those of `find_training_phases`. A run has grokked only if the test accuracy of its last checkpoint
    is at least 99%; without that, it has not cleaned up either.
    """
    phases, final = find_training_phases(snapshot), dict(_numbers(snapshot.metrics[-1].report))
    accuracy = final.get("accuracy.test")
    grokked = phases.circuit_formation if accuracy is not None and accuracy >= GROKKED_ACCURACY else None
    return MeasuredRun(
        key_frequencies=key_frequencies,
        memorised=None if phases.memorisation is None else phases.memorisation.at,
        grokked=None if grokked is None else grokked.at,
        cleaned_up=None if grokked is None or phases.cleanup is None else phases.cleanup.at,
        final=final,
    )


def _numbers(report: Mapping[str, object], path: str = "") -> Iterator[tuple[str, float | None]]:
    """The numbers of a report by their path, without lists and those of single frequencies."""
    for name, value in report.items():
        if name.isdecimal():
            continue
        if isinstance(value, Mapping):
            yield from _numbers(value, f"{path}{name}.")
        elif value is None or isinstance(value, int | float):
            yield f"{path}{name}", value
