"""The table of 1,000 runs with cached metrics: `python -m tests.benchmarks.bench_many_runs`. Targets in brackets.

The runs are copies of one trained run under different settings; their checkpoints are links to its files. Each time is
the best of a few new processes, from their start: importing counts. The screen is that of `grok-tui DIR` on a terminal.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from statistics import median
from time import perf_counter, time

from engine import ModelConfig, SaveSchedule, TrainingConfig, train
from engine.many_runs.discovery import find_runs
from engine.many_runs.measure import measure_run
from engine.many_runs.row_cache import RowCache
from engine.many_runs.row_files import files_of
from engine.runs.native_run import write_run
from engine.training.plan import training_split
from tests.grok_tui.pseudo_terminal import Terminal, cpu_seconds

_RUNS, _EPOCHS, _REPEATS = 1_000, 4_000, 3
_CONFIG = ModelConfig.standard(p=11, d_model=32, n_heads=2, d_mlp=64)

_ROWS = """
import sys
from pathlib import Path
from time import perf_counter, time
from engine.many_runs.rows import RowReader
reader, began, rows = RowReader(Path(sys.argv[2])), float(sys.argv[3]), []
for row in reader.rows([Path(sys.argv[1])]):
    rows.append(row)
    if len(rows) == 1:
        first = time() - began
read = time() - began
assert all(row.measured is not None for row in rows), "not cached"
from engine.many_runs.sorting import sort_rows
from engine.many_runs.filters import filter_rows
from engine.many_runs.groups import group_rows, parse_group_by
def took(function):
    begin = perf_counter()
    function()
    return perf_counter() - begin
again = took(lambda: list(reader.rows([Path(sys.argv[1])])))
times = [first, read, again, took(lambda: sort_rows(rows, "-test_loss,name")),
    took(lambda: filter_rows(rows, "weight_decay>=1 seed<4 grokked!=none")),
    took(lambda: [group.statistic("grokked") for group in group_rows(rows, parse_group_by("!seed", rows))])]
print(len(rows), *times, {memory}, "torch" in sys.modules)
"""
_MEMORY = "int(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0]) / 1024"  # peak, in MiB
_TORCH = f"import torch; print({_MEMORY})"


def make_runs(folder: Path, cache: Path, count: int = _RUNS) -> None:
    """Make native runs whose rows and metrics are cached."""
    template = folder.parent / "template"
    train(_CONFIG, TrainingConfig(epochs=_EPOCHS, save_every=SaveSchedule.parse("100")), path=template)
    for index in range(count):
        training = TrainingConfig(seed=index % 20, weight_decay=0.1 * (index // 20), epochs=_EPOCHS)
        run = folder / f"weight_decay={training.weight_decay:.1f},seed={training.seed}"
        write_run(run, _CONFIG, training_split(_CONFIG, training), training)
        shutil.copy(template / "losses.csv", run)
        for file in (template / "checkpoints").iterdir():
            (run / "checkpoints" / file.name).hardlink_to(file)
    for path in (template, *template.rglob("*"), folder, *folder.rglob("*")):
        os.utime(path, (time() - 60, time() - 60))
    measure_run(template, cache)
    rows = RowCache(cache / "runs")
    measured = rows.load(template)
    assert measured is not None
    for found in find_runs([folder]):
        recorded = json.loads((found.path / "run.json").read_text())["training"]
        settings = {**measured.summary.settings, "seed": recorded["seed"], "weight_decay": recorded["weight_decay"]}
        rows.store(found.path, files_of(found), replace(measured.summary, settings=settings), measured.measured)


def _output(*command: str) -> list[str]:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True).stdout.split()


def _rows(folder: Path, cache: Path) -> list[float]:
    count, *times, memory, torch = _output(
        "-c", _ROWS.replace("{memory}", _MEMORY), str(folder), str(cache), str(time())
    )
    assert (int(count), torch) == (_RUNS, "False")
    return [*map(float, times), float(memory)]


@dataclass(frozen=True)
class Screen:
    """The table on a terminal of 120x40: seconds to what is painted, the share of a core, the peak of memory in MiB."""

    first: float
    rows: float
    figures: float
    cpu: float  # seconds until all is painted
    sort: float
    down: float
    idle: float
    memory: float


def _screen(folder: Path, cache: Path) -> Screen:
    environment = {f"XDG_{kind}_HOME": str(cache.parent / kind) for kind in ("STATE", "CONFIG")}
    terminal = Terminal(str(folder), columns=120, rows=40, XDG_CACHE_HOME=str(cache.parent), **environment)
    first = terminal.read_until(b"finished") - terminal.started  # the state of a row
    rows = terminal.read_until(f"{_RUNS:,} runs".encode()) - terminal.started
    painted = terminal.read_while_painting(1.5).last
    cpu = cpu_seconds(terminal.pid)
    figures = rows if painted is None else painted - terminal.started
    terminal.send("j")  # the run under the cursor stays the same one when the order changes
    terminal.read_while_painting(1.0)
    down = median(_painted(terminal, "j")[0] for _ in range(5))
    sort = median(_painted(terminal, "S")[1] for _ in range(5))
    before = cpu_seconds(terminal.pid)
    terminal.read_while_painting(5.0, 5.0)
    idle = (cpu_seconds(terminal.pid) - before) / 5
    status = Path(f"/proc/{terminal.pid}/status").read_text(encoding="ascii")
    modules = Path(f"/proc/{terminal.pid}/maps").read_text(encoding="utf-8")
    assert "libtorch" not in modules
    terminal.send("q")
    assert terminal.status() == 0
    memory = int(status.partition("VmHWM:")[2].split()[0]) / 1024
    return Screen(first, rows, figures, cpu, sort, down, idle, memory)


def _painted(terminal: Terminal, key: str) -> tuple[float, float]:
    """Seconds from a key to the first and to the last bytes; the figures, if they change, come after the table."""
    begin = perf_counter()
    terminal.send(key)
    table = terminal.read_while_painting(10.0, 0.001)
    assert table.first is not None, f"{key} changed nothing"
    last = terminal.read_while_painting(0.5).last or table.last
    assert last is not None
    return table.first - begin, last - begin


def _command(folder: Path, cache: Path) -> float:
    begin, environment = time(), {**os.environ, "XDG_CACHE_HOME": str(cache.parent)}
    command = [sys.executable, "-m", "grok_tui", "runs", str(folder)]
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert out.startswith(f"{_RUNS:,} runs")
    return time() - begin


def main() -> None:
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as temporary:
        folder, cache = Path(temporary) / "runs", Path(temporary) / "grok-tui"
        make_runs(folder, cache)
        measured = [_rows(folder, cache) for _ in range(_REPEATS)]
        first, read, again, sort, filtered, grouped, memory = map(min, zip(*measured, strict=True))
        screen = [_screen(folder, cache) for _ in range(_REPEATS)]
        command = min(_command(folder, cache) for _ in range(_REPEATS))
    bare = float(_output("-c", _TORCH)[0])
    print(f"first row {first:.2f} s (0.5), all {_RUNS:,} {read:.2f} s (3), read again unchanged {again:.2f} s")
    print(f"sort {sort * 1e3:.1f} ms (100), filter {filtered * 1e3:.1f} ms, group {grouped * 1e3:.1f} ms")
    print(f"grok-tui runs, to the last byte: {command:.2f} s")
    first, rows, figures, cpu, sort, down, idle, peak = map(min, zip(*map(astuple, screen), strict=True))
    print(
        f"on the screen: first rows {first:.2f} s (0.5), all {rows:.2f} s (3), figures {figures:.2f} s, CPU {cpu:.2f} s"
    )
    print(f"a key that sorts {sort * 1e3:.0f} ms (100), one that goes down {down * 1e3:.0f} ms, to the new table")
    print(f"following the unchanged folders takes {idle:.0%} of a core; memory {peak:.0f} MB (bare torch + 150)")
    print(f"rows alone, without torch: {memory:.0f} MB; bare torch {bare:.0f} MB")


if __name__ == "__main__":
    main()
