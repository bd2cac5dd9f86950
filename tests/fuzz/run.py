"""Fuzz every reader: `python -m tests.fuzz.run --files 10000`. Ends by itself; 0 if nothing was found.

A finding is anything but a readable run or a clear error: a crash, a hang, memory out of proportion, or an act beside
reading. What caused it is kept.
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

_MOST_SECONDS = 2.0  # of computing; a machine that does other things too may take longer by the clock
_HANGS_AFTER = 30.0
_MOST_BYTES = 1 << 30
_ROOT = Path(__file__).parents[2]


@dataclass
class Figures:
    """What came of all files."""

    files: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")  # seconds of computing
    peak: tuple[int, str] = (0, "")  # bytes above the idle program

    def __str__(self) -> str:
        outcomes = ", ".join(f"{name} {count:,}" for name, count in self.outcomes.most_common())
        return (
            f"{self.files:,} files: {outcomes}; slowest {self.slowest[0]:.2f} s ({self.slowest[1]}), "
            f"peak memory {self.peak[0] / 2**20:.0f} MiB ({self.peak[1]}), findings {len(self.findings)}"
        )


class Worker:
    """A process of `tests.fuzz.worker`, in a folder of its own that nothing should be written to."""

    def __init__(self, home: Path, warm: list[Path]) -> None:
        home.mkdir(exist_ok=True)
        places = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(home))
        environment = {**os.environ, **places, "PYTHONPATH": str(_ROOT), "OMP_NUM_THREADS": "1"}
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            cwd=home,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path in warm:
            found = self.ask(path, watched=False, patience=120)
            if found.get("outcome") != "readable":
                raise RuntimeError(f"the good sample {path} is not readable: {found}")
        self._idle = self._high_water()

    def ask(
        self, path: Path, watched: bool = True, patience: float = _HANGS_AFTER, reader: str = "open_run"
    ) -> dict[str, Any]:
        """What came of a path; {"outcome": "hang" or "death"} where nothing came."""
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        self._reset_high_water()
        process.stdin.write(json.dumps({"path": str(path), "watched": watched, "reader": reader}) + "\n")
        process.stdin.flush()
        deadline = monotonic() + patience
        ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - monotonic()))
        line = process.stdout.readline() if ready else None
        if line is None:
            self.end()
            return {"outcome": "hang", "complaint": f"no answer in {patience:.0f} s"}
        if not line:
            return {"outcome": "death", "complaint": f"the process ended with {process.wait()}"}
        found: dict[str, Any] = json.loads(line)
        if watched:
            found["memory"] = self._high_water() - self._idle
        return found

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def _reset_high_water(self) -> None:
        Path(f"/proc/{self._process.pid}/clear_refs").write_text("5")

    def _high_water(self) -> int:
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024


def fuzz(files: int, seed: int, scratch: Path, kept: Path | None = None) -> Figures:
    """Try so many mutated runs; those that are findings are copied to `kept`."""
    samples = write_samples(scratch / "samples")
    figures, home = Figures(), scratch / "home"
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
        found = worker.ask(target)
        complaint = _judge(found, before == _digest(target), any(home.iterdir()))
        _note(figures, found, complaint, f"{sample.name} {number}", target, kept)
        if not worker.lives:
            worker = Worker(home, samples)
        shutil.rmtree(target) if target.is_dir() else target.unlink()
    worker.end()
    return figures


def _judge(found: dict[str, Any], unchanged: bool, wrote: bool) -> str | None:
    if found.get("complaint"):
        return f"{found['outcome']}: {found['complaint']}"
    if found["events"]:
        return f"did more than read: {found['events'][:3]}"
    if not unchanged or wrote:
        return "wrote to what it read" if wrote else "wrote beside what it read"
    if found["cpu"] > _MOST_SECONDS:
        return f"took {found['cpu']:.1f} s"
    return f"took {found['memory'] >> 20} MiB" if found["memory"] > _MOST_BYTES else None


def _note(
    figures: Figures, found: dict[str, Any], complaint: str | None, name: str, target: Path, kept: Path | None
) -> None:
    figures.files += 1
    figures.outcomes[found["outcome"]] += 1
    figures.slowest = max(figures.slowest, (found.get("cpu", 0.0), name))
    figures.peak = max(figures.peak, (found.get("memory", 0), name))
    if complaint:
        figures.findings.append(f"{name}: {complaint}")
        if kept is not None:
            kept.mkdir(parents=True, exist_ok=True)
            copy = kept / target.name
            shutil.copytree(target, copy, symlinks=True, ignore=_only_files) if target.is_dir() else shutil.copy(
                target, copy
            )


def _only_files(folder: str, names: list[str]) -> list[str]:
    return [name for name in names if not os.path.isdir(p := os.path.join(folder, name)) and not os.path.isfile(p)]  # noqa: PTH112, PTH113, PTH118


def _digest(path: Path) -> str:
    """Of all names and bytes of a file or folder."""
    total = hashlib.blake2b()
    for file in [path, *sorted(path.rglob("*"))]:
        total.update(str(file).encode(errors="surrogateescape"))
        if file.is_file() and not file.is_symlink():
            total.update(file.read_bytes())
    return total.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kept", type=Path, default=Path("fuzz-findings"), help="where findings are copied")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="grok-fuzz-") as scratch:
        figures = fuzz(options.files, options.seed, Path(scratch), options.kept)
    print("\n".join(figures.findings))
    print(figures)
    return 1 if figures.findings else 0


if __name__ == "__main__":
    sys.exit(main())
