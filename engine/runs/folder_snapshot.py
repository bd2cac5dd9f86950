"""Snapshots of a run's folder: they show which files have changed and which may still be incomplete."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from time import time
from typing import NamedTuple

from engine.runs.checkpoint_listing import list_checkpoints
from engine.runs.config_file_names import find_config_files
from engine.runs.losses.file_names import find_event_files, find_loss_files

# A file that has not changed for this long is treated as complete.
STABLE_SECONDS = 5.0


class FileSignature(NamedTuple):
    """Detects that a file has changed without reading it."""

    inode: int
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class FileStatus:
    """A file's signature, and the time (seconds since 1970) since which it has had that signature."""

    signature: FileSignature
    since: float

    def is_stable(self, now: float) -> bool:
        return now - self.since >= STABLE_SECONDS


FolderSnapshot = Mapping[str, FileStatus]  # by path; str, not Path: a folder may have a million files


def file_path(folder: Path | str, name: str) -> str:
    """The path of a file in a run's folder, in the form that `Run.files` and `Run.unreadable` use as a key."""
    return f"{folder}{os.sep}{name}"


def signature_of(path: Path) -> FileSignature:
    """The signature of a file; follows links.

    Raises:
        OSError: the file does not exist.
    """
    return _signature(path.stat())


def _signature(status: os.stat_result) -> FileSignature:
    return FileSignature(status.st_ino, status.st_size, status.st_mtime_ns)


def take_snapshot(folder: Path, previous: FolderSnapshot | None = None) -> FolderSnapshot:
    """List the files of a run's folder without opening them; `previous` is an earlier snapshot of the same folder.

    In a first snapshot a file dates from its modification time. In a later one a new or changed file dates from now,
    because the clock of a file server may differ from ours.

    Raises:
        OSError: the folder cannot be listed.
    """
    now, snapshot = time(), {}
    for path, signature in _files(folder):
        status = (previous or {}).get(path)
        if status is not None and status.signature == signature:
            snapshot[path] = status
        else:
            snapshot[path] = FileStatus(signature, min(signature.mtime_ns / 1e9, now) if previous is None else now)
    return snapshot


def _files(folder: Path) -> Iterator[tuple[str, FileSignature]]:
    """The checkpoints of a run, its files of losses and of settings; of a native one also run.json."""
    if is_native := os.path.lexists(folder / "run.json"):
        for name in ("run.json", "losses.csv"):
            with suppress(OSError):  # missing, deleted meanwhile, or a dangling link
                yield file_path(folder, name), signature_of(folder / name)
        folder = folder / "checkpoints"
        if not folder.is_dir():
            return
    listing = list_checkpoints(folder)
    paths = [file_path(listing.folder, name) for name in (*listing.files, *listing.others)]
    if not is_native:
        inside = str(listing.folder)
        paths += find_config_files(listing.folder)
        paths += (*find_loss_files(inside), *chain.from_iterable(find_event_files(inside)))
    for path in paths:
        try:
            yield path, _signature(os.stat(path))  # noqa: PTH116 (a Path for each of a million files takes seconds)
        except OSError:
            continue


@dataclass(frozen=True)
class PrefixDigest:
    """Length and digest of the start of a file; shows whether a grown file was only appended to."""

    length: int
    digest: bytes

    @classmethod
    def of(cls, data: bytes) -> PrefixDigest:
        return cls(len(data), blake2b(data).digest())

    def is_prefix_of(self, data: bytes) -> bool:
        return PrefixDigest.of(data[: self.length]) == self
