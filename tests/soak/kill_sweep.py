"""A sweep of which processes are killed again and again must end with the same bytes as its runs trained alone.

The sweep itself, or one of its workers, is killed with SIGKILL at a random moment. The next call starts at once, while
workers of the former one may still be about to stop.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from time import perf_counter, sleep

import torch

from engine import train
from engine.training.run_options import Option, settings_of_new_run
from tests.soak.kill_training import SoakResult, require_same

GRIDS: dict[str, tuple[float, ...]] = {"weight_decay": (0.3, 1.0), "seed": (0, 1, 2)}
SETTINGS: dict[str, Option] = {"p": 11, "d_model": 8, "n_heads": 2, "d_mlp": 16, "save_every": "20"}
_MOST_CALLS = 10  # of one sweep, with kills and then without
_LONGEST_SECONDS = 4.0  # between two kills


def soak(kills: int, seed: int, folder: Path, epochs: int = 1000) -> SoakResult:
    """Train sweeps in `folder` and kill their processes at random moments, until `kills` of them have hit.

    Raises:
        AssertionError: a run differs from the one trained alone, or is missing, or there is another one.
    """
    generator, start = random.Random(seed), perf_counter()
    alone = dict(train_alone(folder / "alone", epochs))
    hits = sweeps = 0
    while hits < kills:
        sweep = folder / f"sweep-{sweeps}"
        calls = 0
        while hits < kills and calls < _MOST_CALLS:
            hits += kill_processes(sweep, epochs, kills - hits, generator)
            calls += 1
        complete(sweep, epochs)
        require_same_runs(sweep, alone)
        sweeps += 1
    return SoakResult(hits, sweeps * len(alone), perf_counter() - start)


def train_alone(folder: Path, epochs: int) -> Iterator[tuple[str, Path]]:
    """The runs of the sweep, each trained in this process with one thread, by their names in the sweep."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    for weight_decay, seed in product(*GRIDS.values()):
        name = f"weight_decay={weight_decay:g},seed={seed:g}"
        point = {"weight_decay": weight_decay, "seed": int(seed), "epochs": epochs}
        train(*settings_of_new_run({**SETTINGS, **point}), path=folder / name)
        yield name, folder / name
    torch.set_num_threads(before)


def start_sweep(sweep: Path, epochs: int) -> subprocess.Popen[bytes]:
    grids = [f"--grid={name}={','.join(f'{value:g}' for value in values)}" for name, values in GRIDS.items()]
    settings = [f"--{name.replace('_', '-')}={value}" for name, value in {**SETTINGS, "epochs": epochs}.items()]
    command = [sys.executable, "-m", "grok_tui", "sweep", str(sweep), *grids, *settings, "--workers=2"]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def complete(sweep: Path, epochs: int) -> None:
    """Call the sweep until it is trained; a call skips what a worker of a killed one still trains."""
    statuses = []
    while len(statuses) < _MOST_CALLS:
        statuses.append(start_sweep(sweep, epochs).wait())
        if statuses[-1] == 0:
            return
    raise AssertionError(f"the sweep ended with {statuses}")


def require_same_runs(sweep: Path, alone: dict[str, Path]) -> None:
    """Assert that the sweep has the runs trained alone, with the same bytes, and no other."""
    names = sorted(run.name for run in (sweep / "runs").iterdir())
    assert names == sorted(alone), names
    for name, path in alone.items():
        require_same(sweep / "runs" / name, path)


def kill_processes(sweep: Path, epochs: int, most: int, generator: random.Random) -> int:
    """Call the sweep and kill workers until it ends or is killed itself; returns the number of kills."""
    process, hits = start_sweep(sweep, epochs), 0
    while hits < most and process.poll() is None:
        if not children(process.pid):
            sleep(0.01)
            continue
        with suppress(subprocess.TimeoutExpired):
            process.wait(generator.uniform(0, _LONGEST_SECONDS))
            break
        if workers := children(process.pid):
            os.kill(generator.choice([process.pid, *workers]), signal.SIGKILL)
            hits += 1
    process.wait()
    return hits


def children(pid: int) -> list[int]:
    """The child processes of a process, whichever of its threads started them."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, task.read_text(encoding="ascii").split())
    return found


def main(kills: int = 20, seed: int = 0) -> None:
    """Print the result of a soak."""
    with tempfile.TemporaryDirectory() as folder:
        result = soak(kills, seed, Path(folder))
    print(
        f"sweep               {result.kills} kills, {result.runs} runs, each ended byte for byte as trained alone "
        f"({result.seconds:.0f} s)"
    )
