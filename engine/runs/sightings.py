"""The files of a run's folder as they were at one moment: what has changed since, and what is still being written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import time
from typing import NamedTuple

from engine.runs.files import SUFFIXES

# A file that nothing has happened to for so long is as whole as it will be.
STILL_SECONDS = 5.0


class Stamp(NamedTuple):
    """What tells one content of a file from the next without reading it."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class Sighting:
    """A file's stamp, and since when (seconds since 1970) it has been that."""

    stamp: Stamp
    since: float

    def is_still(self, now: float) -> bool:
        return now - self.since >= STILL_SECONDS


Sightings = Mapping[Path, Sighting]


def stamp_of(path: Path) -> Stamp:
    """The stamp of a file, through links.

    Raises:
        OSError: it is not there.
    """
    found = path.stat()
    return Stamp(found.st_ino, found.st_size, found.st_mtime_ns)


def look(folder: Path, before: Sightings | None = None) -> Sightings:
    """What lies in a run's folder now, nothing of it opened; `before` is an earlier look at the same folder.

    A file not seen before is as old as it says at the first look, and new at a later one: clocks of file servers
    differ from ours.

    Raises:
        OSError: the folder cannot be listed.
    """
    now, found = time(), {}
    for path in _files(folder):
        try:
            stamp = stamp_of(path)
        except OSError:  # gone between the two, or a link to nowhere
            continue
        known = (before or {}).get(path)
        if known is not None and known.stamp == stamp:
            found[path] = known
        else:
            found[path] = Sighting(stamp, min(stamp.mtime_ns / 1e9, now) if before is None else now)
    return found


def _files(folder: Path) -> Iterator[Path]:
    """The files that say something about the run: its checkpoints, and of a native one its JSON and losses."""
    if (folder / "run.json").exists():
        yield from (folder / "run.json", folder / "losses.csv")
        folder = folder / "checkpoints"
        if not folder.is_dir():
            return
    with os.scandir(folder) as listing:
        yield from (folder / item.name for item in listing if _is_checkpoint(item.name))


def _is_checkpoint(name: str) -> bool:
    return name.endswith(SUFFIXES) and not name.startswith(".")


@dataclass(frozen=True)
class Beginning:
    """So many bytes of a file, known again by their digest when it has grown."""

    length: int
    digest: bytes

    @classmethod
    def of(cls, data: bytes) -> Beginning:
        return cls(len(data), blake2b(data).digest())

    def begins(self, data: bytes) -> bool:
        return Beginning.of(data[: self.length]) == self
