"""A training run that is killed again and again must end byte for byte like an undisturbed one.

Each attempt is a process of its own, forked from a process that has imported torch, so that it starts in milliseconds.
It is killed with SIGKILL at a random moment; the next attempt resumes from the last save.
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
# Saves are frequent, so that many kills hit a save.
TRAINING = TrainingConfig(epochs=120, save_every=SaveSchedule.parse("4"), frac_train=0.5)


@dataclass(frozen=True)
class SoakResult:
    """Kills that hit a living process, completed runs, and seconds."""

    kills: int
    runs: int
    seconds: float


def soak(kills: int, seed: int, folder: Path) -> SoakResult:
    """Train runs in `folder` and kill their processes at random moments, until `kills` of them have hit.

    Raises:
        AssertionError: a run differs from the undisturbed one.
    """
    context, generator, start = fork_server(), random.Random(seed), perf_counter()
    undisturbed = folder / "undisturbed"
    train_in_process(context, folder / "first")  # waits for the import of torch
    seconds = _duration(lambda: train_in_process(context, undisturbed))
    hits = runs = 0
    while hits < kills:
        path = folder / f"disturbed-{runs}"
        while hits < kills and kill_training(context, path, after=generator.uniform(0, seconds / 2)):
            hits += 1
        train_in_process(context, path)
        runs += 1
        require_same(path, undisturbed)
    return SoakResult(hits, runs, perf_counter() - start)


def fork_server() -> ForkServerContext:
    """A context whose processes are forked from a single-threaded one that has imported torch."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, "torch._dynamo"])  # imported by AdamW, which takes a second
    return context


def train_here(path: Path) -> None:
    """Start or resume the run and train it to its end."""
    torch.set_num_threads(1)
    train(CONFIG, TRAINING, path=path)


def train_in_process(context: ForkServerContext, path: Path) -> None:
    """Train in a process that is not killed."""
    process = context.Process(target=train_here, args=(path,))
    process.start()
    process.join()
    assert process.exitcode == 0, f"training ended with exit status {process.exitcode}"


def kill_training(context: ForkServerContext, path: Path, after: float) -> bool:
    """Train in a process that is killed after `after` seconds; False if it had finished by then."""
    process = context.Process(target=train_here, args=(path,))
    process.start()
    process.join(after)
    assert process.pid is not None
    if process.is_alive():
        os.kill(process.pid, signal.SIGKILL)
    process.join()
    return process.exitcode == -signal.SIGKILL


def require_same(path: Path, undisturbed: Path) -> None:
    """Assert that two folders have the same files with the same bytes."""
    actual, expected = contents(path), contents(undisturbed)
    assert sorted(actual) == sorted(expected), sorted(actual.keys() ^ expected.keys())
    different = [name for name in expected if actual[name] != expected[name]]
    assert not different, different


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def _duration(function: Callable[[], object]) -> float:
    start = perf_counter()
    function()
    return perf_counter() - start


def main(kills: int = 50, seed: int = 0) -> None:
    """Print the result of a soak."""
    with tempfile.TemporaryDirectory() as folder:
        result = soak(kills, seed, Path(folder))
    print(
        f"training            {result.kills} kills, {result.runs} runs, each ended byte for byte as undisturbed "
        f"({result.seconds:.0f} s)"
    )
