"""Memory of the explorer, and peak memory and time of reports, each in its own process: `make bench-memory`.

Next to each peak is the estimate by which networks that do not fit are refused; it must be above the peak.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import torch

from engine import Explorer, open_run, report
from engine.networks.config import ModelConfig
from engine.networks.memory import bytes_needed
from tests.benchmarks.bench_engine import DEMO
from tests.engine.extremes import EPOCHS, explorer_of

_STATUS = Path("/proc/self/status")


def bench_report(p: int, dtype: torch.dtype) -> None:
    """Print the memory that the report of one random checkpoint adds to the process."""
    config = ModelConfig.standard(p=p)
    explorer = explorer_of(config, dtype=dtype, keys=(1,))
    before, begin = _mebibytes("VmRSS"), perf_counter()
    report(explorer, EPOCHS[-1], EPOCHS[-1])
    peak, seconds = _mebibytes("VmHWM") - before, perf_counter() - begin
    estimate = bytes_needed(config, dtype) >> 20
    print(f"report, p = {p}, {str(dtype)[6:]}: {peak:6,d} MiB (estimate {estimate:,d})   {seconds:6.1f} s", flush=True)


def bench_stepping() -> None:
    """Print the memory above bare torch after stepping through all epochs of the bundled run."""
    _ = torch.randn(300, 300) @ torch.randn(300, 300)
    bare, explorer = _mebibytes("VmRSS"), Explorer(open_run(DEMO))
    last = explorer.epochs[-1]
    for epoch in explorer.epochs:
        explorer.clusters(epoch, last)
        explorer.neuron_activation(epoch, 7, last)
        explorer.neuron_spectrum(epoch, 7, last)
    print(f"explorer after all {len(explorer.epochs)} epochs: {_mebibytes('VmRSS') - bare:,d} MiB above bare torch")


def _mebibytes(name: str) -> int:
    line = next(line for line in _STATUS.read_text().splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) >> 10


def main() -> None:
    if len(sys.argv) == 3:
        bench_report(int(sys.argv[1]), getattr(torch, sys.argv[2]))
        return
    bench_stepping()
    for p in (113, 257, 499):
        for dtype in ("float32", "float64"):
            subprocess.run([sys.executable, "-m", "tests.benchmarks.bench_memory", str(p), dtype], check=True)


if __name__ == "__main__":
    main()
