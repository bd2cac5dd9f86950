"""How long a sweep takes and how much disk it needs, before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from engine.networks.trainable_config import TrainableConfig
from engine.networks.training_config import SaveSchedule, TrainingConfig
from engine.runs.training_progress import saved_epoch
from engine.sweeps.preparation import PlannedRun
from engine.training.packed import BatchKey, batch_key
from engine.training.plan import plan, train_pairs
from engine.training.recorder import TrainingProgress
from engine.training.trainer import train

_WARM_UP_STEPS, _MOST_STEPS, _SECONDS = 3, 200, 0.5
_Shape = tuple[BatchKey, int]


def disk_bytes(runs: Sequence[PlannedRun]) -> int:
    """The largest disk usage of the runs, in bytes."""
    return sum(plan(run.config, run.training).disk_bytes for run in runs)


def estimated_seconds(runs: Sequence[PlannedRun], workers: int, threads: int, device: str) -> float:
    """Seconds to train what is missing of the runs; a few steps of one run of each shape are measured in memory.

    Assumes that runs do not slow each other down, and that none ends early.
    """
    steps: dict[_Shape, float] = {}
    seconds: list[float] = []
    for run in runs:
        shape = batch_key(run.config, run.training), train_pairs(run.config, run.training)
        if shape not in steps:
            steps[shape] = step_seconds(run.config, run.training, threads, device)
        epochs = run.training.epochs - (saved_epoch(run.path) or 0)
        seconds.append(epochs * steps[shape])
    return max(sum(seconds) / workers, max(seconds, default=0.0))


def step_seconds(config: TrainableConfig, training: TrainingConfig, threads: int, device: str) -> float:
    """Seconds of one epoch on this machine, measured over at most half a second; nothing is written."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    times: list[float] = []

    def record(progress: TrainingProgress) -> None:
        times.append(progress.seconds)

    brief = replace(
        training, epochs=_WARM_UP_STEPS + _MOST_STEPS, stop_when=None, save_every=SaveSchedule.parse("1000000")
    )
    try:
        train(
            config,
            brief,
            device=device,
            on_progress=record,
            should_stop=lambda: len(times) > _WARM_UP_STEPS + 1 and times[-1] - times[_WARM_UP_STEPS] > _SECONDS,
        )
    finally:
        torch.set_num_threads(before)
    return (times[-1] - times[_WARM_UP_STEPS]) / (len(times) - 1 - _WARM_UP_STEPS)
