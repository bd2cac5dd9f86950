"""A training killed again and again must end as one that nobody disturbed, byte for byte.

Every sitting is a process of its own (forked from one that has torch, so that it costs milliseconds), is killed with
SIGKILL at a random moment, and the next goes on where it was saved.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext
from pathlib import Path
from time import perf_counter

import torch

from engine import ModelConfig, SaveSchedule, TrainingConfig, train

CONFIG = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=12)
# It saves every few steps, so that many of the moments lie within a save.
TRAINING = TrainingConfig(epochs=120, save_every=SaveSchedule.parse("4"), frac_train=0.5)


@dataclass(frozen=True)
class Figures:
    """What a soak came to: kills that met a living process, runs that were trained to their end, seconds."""

    kills: int
    runs: int
    seconds: float


def soak(kills: int, seed: int, folder: Path) -> Figures:
    """Train runs in `folder`, killing their processes at random moments, until so many kills have landed.

    Raises:
        AssertionError: a run that differs from the undisturbed one.
    """
    context, chance, begun = forking(), random.Random(seed), perf_counter()
    undisturbed = folder / "undisturbed"
    sit(context, folder / "first")  # which waits for torch
    seconds = _timed(lambda: sit(context, undisturbed))
    landed = runs = 0
    while landed < kills:
        path = folder / f"disturbed-{runs}"
        while landed < kills and killed(context, path, after=chance.uniform(0, seconds / 2)):
            landed += 1
        sit(context, path)
        runs += 1
        require_same(path, undisturbed)
    return Figures(landed, runs, perf_counter() - begun)


def forking() -> ForkServerContext:
    """Where sittings are forked from: a process that has imported torch, and has one thread."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo"])  # which AdamW brings, a second later
    return context


def train_here(path: Path) -> None:
    """One sitting: begin the run or go on with it, to its end."""
    torch.set_num_threads(1)
    train(CONFIG, TRAINING, path=path)


def sit(context: ForkServerContext, path: Path) -> None:
    """A sitting that nobody disturbs."""
    process = context.Process(target=train_here, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 0, f"training ended with exit status {process.exitcode}"


def killed(context: ForkServerContext, path: Path, after: float) -> bool:
    """A sitting that is killed after so many seconds; False where it was through by then."""
    process = context.Process(target=train_here, args=(path,))
    process.start()
    process.join(after)
    assert process.pid is not None
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return process.exitcode == -signal.SIGKILL


def require_same(path: Path, undisturbed: Path) -> None:
    """The same files with the same bytes, and no others."""
    found, expected = contents(path), contents(undisturbed)
    assert sorted(found) == sorted(expected), sorted(found.keys() ^ expected.keys())
    different = [name for name in expected if found[name] != expected[name]]
    assert not different, different


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def _timed(thing: Callable[[], object]) -> float:
    begin = perf_counter()
    thing()
    return perf_counter() - begin


def main(kills: int = 50, seed: int = 0) -> None:
    """Print the figures of a soak."""
    with tempfile.TemporaryDirectory() as folder:
        figures = soak(kills, seed, Path(folder))
    print(
        f"training            {figures.kills} kills, {figures.runs} runs, each ended byte for byte as undisturbed "
        f"({figures.seconds:.0f} s)"
    )
