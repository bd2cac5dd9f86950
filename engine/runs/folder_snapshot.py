"""The files of a run's folder as they were at one moment: what has changed since, and what is still being written."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from time import time
from typing import NamedTuple

from engine.runs.torch_format.checkpoint_file import SUFFIXES

# A file that nothing has happened to for so long is as whole as it will be.
STABLE_SECONDS = 5.0


class FileSignature(NamedTuple):
    """What tells one content of a file from the next without reading it."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class FileStatus:
    """A file's stamp, and since when (seconds since 1970) it has been that."""

    stamp: FileSignature
    since: float

    def is_stable(self, now: float) -> bool:
        return now - self.since >= STABLE_SECONDS


FolderSnapshot = Mapping[str, FileStatus]  # by path; as text, for there may be a million files


def file_path(folder: Path | str, name: str) -> str:
    """The path of a file in a run's folder, as all of a run's mappings have it."""
    return f"{folder}{os.sep}{name}"


def signature_of(path: Path) -> FileSignature:
    """The stamp of a file, through links.

    Raises:
        OSError: it is not there.
    """
    return _signature(path.stat())


def _signature(found: os.stat_result) -> FileSignature:
    return FileSignature(found.st_ino, found.st_size, found.st_mtime_ns)


def take_snapshot(folder: Path, before: FolderSnapshot | None = None) -> FolderSnapshot:
    """What lies in a run's folder now, nothing of it opened; `before` is an earlier look at the same folder.

    A file not seen before is as old as it says at the first look, and new at a later one: clocks of file servers
    differ from ours.

    Raises:
        OSError: the folder cannot be listed.
    """
    now, found = time(), {}
    for path, stamp in _files(folder):
        known = (before or {}).get(path)
        if known is not None and known.stamp == stamp:
            found[path] = known
        else:
            found[path] = FileStatus(stamp, min(stamp.mtime_ns / 1e9, now) if before is None else now)
    return found


def _files(folder: Path) -> Iterator[tuple[str, FileSignature]]:
    """The files that say something about the run: its checkpoints, and of a native one its JSON and losses."""
    if (folder / "run.json").exists():
        for name in ("run.json", "losses.csv"):
            with suppress(OSError):  # not there, gone between the two, or a link to nowhere
                yield file_path(folder, name), signature_of(folder / name)
        folder = folder / "checkpoints"
        if not folder.is_dir():
            return
    inside = str(folder)
    with os.scandir(folder) as listing:
        for item in listing:
            if _is_checkpoint(item.name):
                try:
                    yield file_path(inside, item.name), _signature(item.stat())
                except OSError:
                    continue


def _is_checkpoint(name: str) -> bool:
    return name.endswith(SUFFIXES) and not name.startswith(".")


@dataclass(frozen=True)
class PrefixDigest:
    """So many bytes of a file, known again by their digest when it has grown."""

    length: int
    digest: bytes

    @classmethod
    def of(cls, data: bytes) -> PrefixDigest:
        return cls(len(data), blake2b(data).digest())

    def begins(self, data: bytes) -> bool:
        return PrefixDigest.of(data[: self.length]) == self
