"""How soon a run that grows is on show, and what looking costs: `python -m tests.benchmarks.bench_following`.

A checkpoint is given to the program on a terminal of 120x40; the time is until the header counts it. Beside each the
figure aimed at.
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
from tests.benchmarks.timing import timed_in_turn
from tests.grok_tui.pseudo_terminal import Terminal

_DEMO = Path(__file__).parents[2] / "grok_tui" / "demo"
_CHECKPOINTS, _GIVEN = 20, 8
_IDLE_SECONDS = 10.0


def main() -> None:
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    for told, environment in (("events", {}), ("polling", {"WATCHFILES_FORCE_POLLING": "1"})):
        with tempfile.TemporaryDirectory() as folder:
            _follow(told, Path(folder), environment)
    with tempfile.TemporaryDirectory() as folder:
        _look(Path(folder) / "run")


def _follow(told: str, folder: Path, environment: dict[str, str]) -> None:
    own = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("STATE", "CONFIG", "CACHE")}
    run, files = folder / "run", sorted((_DEMO / "checkpoints").iterdir())[: _CHECKPOINTS + _GIVEN]
    (run / "checkpoints").mkdir(parents=True)
    for name in ("run.json", "losses.csv"):
        shutil.copy(_DEMO / name, run)
    for file in files[:_CHECKPOINTS]:
        shutil.copy(file, run / "checkpoints")
    terminal = Terminal(str(run), columns=120, rows=40, **own, **environment)
    terminal.read_until(f"({_CHECKPOINTS} of {_CHECKPOINTS})".encode())
    _rest(terminal)
    seconds = [_give(terminal, run, file, count) for count, file in enumerate(files[_CHECKPOINTS:], _CHECKPOINTS + 1)]
    print(f"{told}: shown after {statistics.median(seconds):.2f} s, at worst {max(seconds):.2f} s (2)")
    _rest(terminal)
    before = _cpu(terminal.pid)
    idle = terminal.read_while_painting(_IDLE_SECONDS, _IDLE_SECONDS)
    print(f"  idle {_IDLE_SECONDS:.0f} s: {idle.bytes} bytes (0), {_cpu(terminal.pid) - before:.2f} s CPU (0)")
    begin = time.perf_counter()
    terminal.send("q")
    terminal.status()
    print(f"  gone {time.perf_counter() - begin:.2f} s after q (1)")


def _give(terminal: Terminal, run: Path, file: Path, count: int) -> float:
    """Seconds from a checkpoint's coming to its being on show."""
    _rest(terminal)
    begin = time.perf_counter()
    shutil.copy(file, run / "checkpoints")
    return terminal.read_until(f"({count} of {count})".encode()) - begin


def _rest(terminal: Terminal) -> None:
    """Wait until nothing is computed any more: all checkpoints are measured."""
    used = -1.0
    while _cpu(terminal.pid) - used > 0.05:
        used = _cpu(terminal.pid)
        terminal.read_while_painting(2.0, 2.0)


def _look(run: Path) -> None:
    """What a look costs on a run of 500 checkpoints and 40,000 losses."""
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

    taken = timed_in_turn(5, open=lambda: open_run(run), nothing_new=lambda: refresh(opened), one_more_loss=grown)
    print(
        f"of {len(opened.checkpoints)} checkpoints: " + ", ".join(f"{name} {ms:.1f} ms" for name, ms in taken.items())
    )


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
