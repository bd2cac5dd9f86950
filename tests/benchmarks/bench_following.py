"""Delay until a new checkpoint is shown, and the cost of polling: `python -m tests.benchmarks.bench_following`.

Adds checkpoints to a run open on a terminal of 120x40 and waits until the header counts them. Targets in brackets.
"""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from engine import open_run
from engine.runs.losses_csv import append_losses
from engine.runs.refresh import refresh
from tests.benchmarks.timing import median_times
from tests.grok_tui.pseudo_terminal import Terminal, cpu_seconds

_DEMO = Path(__file__).parents[2] / "grok_tui" / "demo"
_CHECKPOINTS, _ADDED = 20, 8
_IDLE_SECONDS = 10.0


def main() -> None:
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    for watching, environment in (("events", {}), ("polling", {"WATCHFILES_FORCE_POLLING": "1"})):
        with tempfile.TemporaryDirectory() as folder:
            _follow(watching, Path(folder), environment)
    with tempfile.TemporaryDirectory() as folder:
        _bench_refresh(Path(folder) / "run")


def _follow(watching: str, folder: Path, environment: dict[str, str]) -> None:
    own = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("STATE", "CONFIG", "CACHE")}
    run, files = folder / "run", sorted((_DEMO / "checkpoints").iterdir())[: _CHECKPOINTS + _ADDED]
    (run / "checkpoints").mkdir(parents=True)
    for name in ("run.json", "losses.csv"):
        shutil.copy(_DEMO / name, run)
    for file in files[:_CHECKPOINTS]:
        shutil.copy(file, run / "checkpoints")
    terminal = Terminal(str(run), columns=120, rows=40, **own, **environment)
    terminal.read_until(f"({_CHECKPOINTS} of {_CHECKPOINTS})".encode())
    _wait_until_idle(terminal)
    seconds = [_add(terminal, run, file, count) for count, file in enumerate(files[_CHECKPOINTS:], _CHECKPOINTS + 1)]
    print(f"{watching}: shown after {statistics.median(seconds):.2f} s, at worst {max(seconds):.2f} s (2)")
    _wait_until_idle(terminal)
    before = cpu_seconds(terminal.pid)
    idle = terminal.read_while_painting(_IDLE_SECONDS, _IDLE_SECONDS)
    print(f"  idle {_IDLE_SECONDS:.0f} s: {idle.bytes} bytes (0), {cpu_seconds(terminal.pid) - before:.2f} s CPU (0)")
    begin = time.perf_counter()
    terminal.send("q")
    terminal.status()
    print(f"  gone {time.perf_counter() - begin:.2f} s after q (1)")


def _add(terminal: Terminal, run: Path, file: Path, count: int) -> float:
    """Seconds from copying a checkpoint to its count in the header."""
    _wait_until_idle(terminal)
    begin = time.perf_counter()
    shutil.copy(file, run / "checkpoints")
    return terminal.read_until(f"({count} of {count})".encode()) - begin


def _wait_until_idle(terminal: Terminal) -> None:
    """Wait until the process uses no CPU: the metrics of all checkpoints are computed."""
    used = -1.0
    while cpu_seconds(terminal.pid) - used > 0.05:
        used = cpu_seconds(terminal.pid)
        terminal.read_while_painting(2.0, 2.0)


def _bench_refresh(run: Path) -> None:
    """Print the time of a refresh on a run of 500 checkpoints and 40,000 losses."""
    shutil.copytree(_DEMO, run)
    first = run / "checkpoints" / "epoch-000000.safetensors"
    for epoch in range(40_500, 62_000, 49):
        (run / "checkpoints" / f"epoch-{epoch:06d}.safetensors").hardlink_to(first)
    opened = open_run(run)
    epoch = 40_000

    def grown() -> None:
        nonlocal epoch
        epoch += 1
        append_losses(run, [(epoch, 1.0, None)])
        refresh(opened)

    times = median_times(5, open=lambda: open_run(run), nothing_new=lambda: refresh(opened), one_more_loss=grown)
    print(
        f"of {len(opened.checkpoints)} checkpoints: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in times.items())
    )


if __name__ == "__main__":
    main()
