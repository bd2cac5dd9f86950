"""The cache of fetched files, and of the last listing of each address, which is used without a connection."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from time import time

from platformdirs import user_cache_path

from engine.runs.atomic_files import is_temporary, make_folder, write_atomically, write_chunks_atomically
from engine.runs.remote.store import (
    SHOWS_CACHE,
    FetchProgress,
    Listing,
    OnFetch,
    RemoteFile,
    Unreachable,
    changed,
    cut_off,
)

_ABANDONED_SECONDS = 3600.0


def cache_folder() -> Path:
    """`grok-tui/remote` in the user's cache directory; without a home directory a path that cannot be written."""
    try:
        return user_cache_path("grok-tui") / "remote"
    except RuntimeError:
        return Path(os.devnull) / "grok-tui" / "remote"


def digest(*parts: object) -> str:
    """A name for a cache entry that depends on all parts."""
    return sha256(json.dumps(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class FileCache:
    """The files and the last listing of one address; addresses are hashed, since they may contain a password."""

    folder: Path

    @classmethod
    def of(cls, url: str) -> FileCache:
        return cls(cache_folder() / "files" / digest(url))

    def path(self, file: RemoteFile) -> Path:
        """Where a version of a file is, or will be."""
        return self.folder / digest(file.name, file.version, file.size) / file.name.rpartition("/")[2]

    def find(self, file: RemoteFile) -> Path | None:
        """The cached copy of this version of a file; None if there is none."""
        path = self.path(file)
        return path if path.is_file() else None

    def add(self, file: RemoteFile, source: str, chunks: Iterable[bytes], on_fetch: OnFetch) -> Path:
        """Write a file into the cache as it arrives; it gets its name once it is complete.

        Raises:
            RemoteError: fewer or more bytes than listed.
            OSError: the cache cannot be written.
        """
        path = self.path(file)
        make_folder(path.parent)
        _remove_abandoned(path.parent)
        write_chunks_atomically(path, _counted(file, source, chunks, on_fetch))
        return path

    def list_or_recall(self, list_files: Callable[[], Listing]) -> Listing:
        """The listing of the server; without a connection the last one, with a note.

        Raises:
            RemoteError: as `list_files`; also without a connection if nothing is cached.
        """
        try:
            listing = list_files()
        except Unreachable as error:
            recalled = self.remembered()
            if recalled is None:
                raise
            return replace(recalled, note=f"{error} {SHOWS_CACHE}")
        self.remember(listing)
        return listing

    def remember(self, listing: Listing) -> None:
        """Save a listing for the next time that there is no connection."""
        content = {"files": [asdict(file) for file in listing.files], "target": listing.target}
        with suppress(OSError):
            make_folder(self.folder)
            write_atomically(self.folder / "listing.json", json.dumps(content).encode())

    def remembered(self) -> Listing | None:
        """The last listing, reduced to the files that are cached; None without such files."""
        try:
            content = json.loads((self.folder / "listing.json").read_text(encoding="utf-8"))
            listed = (RemoteFile(**file) for file in content["files"])
            files = tuple(file for file in listed if self.find(file) is not None)
            target = content["target"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        complete = bool(files) if target is None else target in [file.name for file in files]
        return Listing(files, target) if complete else None


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed downloads left; a download that is in progress has changed its file recently."""
    for file in folder.iterdir():
        with suppress(OSError):
            if is_temporary(file.name) and time() - file.stat().st_mtime > _ABANDONED_SECONDS:
                file.unlink()


def _counted(file: RemoteFile, source: str, chunks: Iterable[bytes], on_fetch: OnFetch) -> Iterator[bytes]:
    done = 0
    on_fetch(FetchProgress(source, 0, file.size))
    for chunk in chunks:
        done += len(chunk)
        if file.size is not None and done > file.size:
            raise changed(source)
        on_fetch(FetchProgress(source, done, file.size))
        yield chunk
    if file.size is not None and done != file.size:
        raise cut_off(source, done, file.size)
