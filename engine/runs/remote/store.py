"""What every kind of server provides: a listing of the files of a run, and the content of each file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Protocol

from engine.errors import GrokError
from engine.runs.torch_format.suffixes import SUFFIXES

# More than this is announced before it is fetched.
LARGE_BYTES = 100_000_000
# Settings and losses; larger ones are left out.
_SETTINGS_SUFFIXES = (".json", ".jsonl", ".yaml", ".yml", ".toml", ".csv")
_MAX_SETTINGS_BYTES, _MAX_BYTES_BESIDE = 64 << 20, 1 << 20
_MAX_FILES = 100_000
MAX_DEPTH = 4  # of files below the folder of a run
_REPORT_SECONDS = 0.1
SHOWS_CACHE = "What is in the cache is shown."
# No control characters, no separator or drive of another system, nothing hidden but the settings of Hydra; 200
# characters fit every file system.
_SAFE_NAME = re.compile(r"(?!\.(?!hydra$))[^\x00-\x1f\x7f/\\:]{1,200}")


class RemoteError(GrokError):
    """A server does not deliver what was expected; not the fault of a single checkpoint, which could be skipped."""


class Unreachable(RemoteError):
    """There is no connection to the server."""


@dataclass(frozen=True)
class FetchProgress:
    """How far the fetching of a file is: `done` of `total` bytes; first 0, before anything is fetched."""

    name: str
    done: int
    total: int | None


OnFetch = Callable[[FetchProgress], object]


@dataclass(frozen=True)
class RemoteFile:
    """A file on a server: its name below the address, its size in bytes, and a version that its content determines.

    A version of "" means unknown: such a file is never taken from the cache while the server can be reached.
    """

    name: str
    size: int | None
    version: str

    @property
    def is_checkpoint(self) -> bool:
        return self.name.endswith(SUFFIXES)


@dataclass(frozen=True)
class Listing:
    """The files of a run as they are on a server; `target` is the file that the address names, if it is not a folder.

    `note` says why this is not the current state of the server.
    """

    files: tuple[RemoteFile, ...]
    target: str | None = None
    note: str = ""


class Store(Protocol):
    """One address on one kind of server."""

    def listing(self) -> Listing:
        """The files at the address; without a connection those that are in the cache.

        Raises:
            RemoteError: there is nothing at the address, access is denied, or nothing is in the cache.
        """

    def cached(self, file: RemoteFile) -> Path | None:
        """The local copy of this version of a file, complete; None if there is none."""

    def fetch(self, file: RemoteFile, on_fetch: OnFetch) -> Path:
        """Fetch a file into the cache, completely or not at all.

        Raises:
            RemoteError: the connection was cut, or the file is not the one that was listed.
        """


def relevant(files: Iterable[RemoteFile]) -> Iterator[RemoteFile]:
    """The checkpoints, settings and losses among the files of a folder, without names that are unsafe as local ones.

    Raises:
        RemoteError: more files than any run has.
    """
    for count, file in enumerate(files):
        if count == _MAX_FILES:
            raise RemoteError(f"The folder has more than {_MAX_FILES:,} files; pass the address of a single run.")
        parts = file.name.split("/")
        settings = is_settings(file.name) and (file.size or 0) <= _MAX_SETTINGS_BYTES
        if len(parts) <= MAX_DEPTH and all(map(is_safe, parts)) and (settings or file.is_checkpoint):
            yield file


def is_safe(name: str) -> bool:
    """Whether the name of a file or folder on a server can be used on this machine; hidden ones are left out."""
    return _SAFE_NAME.fullmatch(name) is not None


def beside(target: str, files: Iterable[RemoteFile]) -> tuple[RemoteFile, ...]:
    """A single file, and small settings in the folder that it is in."""
    listed = {file.name: file for file in files if "/" not in file.name}
    others = (file for name, file in listed.items() if name != target and (file.size or 0) <= _MAX_BYTES_BESIDE)
    return (listed[target], *(file for file in relevant(others) if is_settings(file.name)))


def is_settings(name: str) -> bool:
    """Whether a file has settings or losses rather than weights, by its name."""
    return name.lower().endswith(_SETTINGS_SUFFIXES) or _is_tensorboard(name)


def is_fetched_at_once(name: str) -> bool:
    """Whether a file is fetched when the run is opened, rather than when the file is."""
    return is_settings(name) and ("/" not in name or _is_tensorboard(name))  # TensorBoard opens its files itself


def _is_tensorboard(name: str) -> bool:
    return name.rpartition("/")[2].startswith("events.out.tfevents")


def throttled(on_fetch: OnFetch) -> OnFetch:
    """Pass on the first and last report of a file, and one each tenth of a second in between."""
    next_report = 0.0

    def report(progress: FetchProgress) -> None:
        nonlocal next_report
        if progress.done in (0, progress.total) or monotonic() >= next_report:
            next_report = monotonic() + _REPORT_SECONDS
            on_fetch(progress)

    return report


def cut_off(source: str, done: int, total: int | None) -> RemoteError:
    """The error about a connection that ended too early."""
    of = "" if total is None else f" of {total:,}"
    return RemoteError(f"{source}: the connection was cut after {done:,}{of} bytes; run the command again.")


def changed(source: str) -> RemoteError:
    """The error about a file that is no longer the one that was listed."""
    return RemoteError(f"{source} has changed on the server since it was listed; open the run again.")
