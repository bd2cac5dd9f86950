"""Fuzz every reader: `python -m tests.fuzz.run --files 10000`. Exits with 1 if there are findings.

A finding is any outcome but a readable run or a clear error: a crash, a hang, excessive memory, or an act other than
reading. Its input is copied to a folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from tests.fuzz.folders import mutate_folder
from tests.fuzz.mutations import mutate
from tests.fuzz.samples import write_samples

_MAX_CPU_SECONDS = 2.0  # not wall-clock time: the machine may be busy
_HANG_SECONDS = 30.0
_MAX_MEMORY_BYTES = 1 << 30
_ROOT = Path(__file__).parents[2]


@dataclass
class Summary:
    """The outcomes of all files."""

    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")  # CPU seconds
    peak: tuple[int, str] = (0, "")  # bytes beyond the idle process

    def __str__(self) -> str:
        outcomes = ", ".join(f"{name} {count:,}" for name, count in self.outcomes.most_common())
        return (
            f"{self.files:,} files: {outcomes}; slowest {self.slowest[0]:.2f} s ({self.slowest[1]}), "
            f"peak memory {self.peak[0] / 2**20:.0f} MiB ({self.peak[1]}), findings {len(self.findings)}"
        )


class Worker:
    """A process of `tests.fuzz.worker` with a home folder of its own, in which opening a run should write nothing."""

    def __init__(self, home: Path, samples: list[Path]) -> None:
        home.mkdir(exist_ok=True)
        folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(home))
        environment = {**os.environ, **folders, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path in samples:  # warm up, so that lazy imports happen before the audit
            result = self.open(path, audited=False, timeout=120)
            if result.get("outcome") != "readable":
                raise RuntimeError(f"the sample {path} is not readable: {result}")
        self._idle = self._high_water()
        self._home, self._home_when_warm = home, set(home.iterdir())  # torch's import may leave an empty folder

    @property
    def wrote_to_its_home(self) -> bool:
        """Whether the home folder holds anything that was not there after the warm-up."""
        return not set(self._home.iterdir()) <= self._home_when_warm

    def open(
        self, path: Path, audited: bool = True, timeout: float = _HANG_SECONDS, reader: str = "open_run"
    ) -> dict[str, Any]:
        """Open a path; the outcome is "hang" or "death" if there is no result."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        self._reset_high_water()
        process.stdin.write(json.dumps({"path": str(path), "audited": audited, "reader": reader}) + "\n")
        process.stdin.flush()
        deadline = monotonic() + timeout
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - monotonic()))
        line = process.stdout.readline() if ready else None
        if line is None:
            self.kill()
            return {"outcome": "hang", "finding": f"no result in {timeout:.0f} s"}
        if not line:
            return {"outcome": "death", "finding": f"the process ended with {process.wait()}"}
        result: dict[str, Any] = json.loads(line)
        if audited:
            result["memory"] = self._high_water() - self._idle
        return result

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _reset_high_water(self) -> None:
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def _high_water(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


def fuzz(files: int, seed: int, scratch: Path, findings: Path | None = None) -> Summary:
    """Open mutated runs; inputs with a finding are copied to `findings`."""
    samples = write_samples(scratch / "samples")
    summary, home = Summary(), scratch / "home"
    worker = Worker(home, samples)
    for number in range(files):
        random = Random(f"{seed}-{number}")
        sample = random.choice(samples)
        target = scratch / f"{number:06}{sample.suffix}"
        if sample.is_dir():
            mutate_folder(sample, target, random)
        else:
            target.write_bytes(mutate(sample.read_bytes(), sample.name, random))
        before = _digest(target)
        result = worker.open(target)
        finding = _finding(result, before == _digest(target), worker.wrote_to_its_home)
        _record(summary, result, finding, f"{sample.name} {number}")
        if finding and findings is not None:
            _copy(target, findings)
        if not worker.is_alive:
            worker = Worker(home, samples)
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    worker.kill()
    return summary


def _finding(result: dict[str, Any], unchanged: bool, wrote: bool) -> str | None:
    if result.get("finding"):
        return f"{result['outcome']}: {result['finding']}"
    if result["events"]:
        return f"did more than read: {result['events'][:3]}"
    if not unchanged or wrote:
        return "wrote to its home folder" if wrote else "changed its input"
    if result["cpu"] > _MAX_CPU_SECONDS:
        return f"took {result['cpu']:.1f} s"
    return f"took {result['memory'] >> 20} MiB" if result["memory"] > _MAX_MEMORY_BYTES else None


def _record(summary: Summary, result: dict[str, Any], finding: str | None, name: str) -> None:
    summary.files += 1
    summary.outcomes[result["outcome"]] += 1
    summary.slowest = max(summary.slowest, (result.get("cpu", 0.0), name))
    summary.peak = max(summary.peak, (result.get("memory", 0), name))
    if finding:
        summary.findings.append(f"{name}: {finding}")


def _copy(target: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.copytree(target, folder / target.name, symlinks=True, ignore=_special_files)
    else:
        shutil.copy(target, folder / target.name)


def _special_files(folder: str, names: list[str]) -> list[str]:
    """Pipes and the like, which cannot be copied."""
    return [name for name in names if not os.path.isdir(p := os.path.join(folder, name)) and not os.path.isfile(p)]  # noqa: PTH112, PTH113, PTH118


def _digest(path: Path) -> str:
    """Digest of all names and contents of a file or folder."""
    digest = hashlib.blake2b()
    for file in [path, *sorted(path.rglob("*"))]:
        digest.update(str(file).encode(errors="surrogateescape"))
        if file.is_file() and not file.is_symlink():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--findings", type=Path, default=Path("fuzz-findings"), help="copy inputs with findings there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grok-fuzz-") as scratch:
        summary = fuzz(options.files, options.seed, Path(scratch), options.findings)
    print("\n".join(summary.findings))
    print(summary)
    return 1 if summary.findings else 0


if __name__ == "__main__":
    sys.exit(main())
