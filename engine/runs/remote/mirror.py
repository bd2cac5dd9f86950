"""The local mirror of a remote run: a folder of links to fetched files, and placeholders for all others."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from engine.runs.lazy_files import fetch_on_open
from engine.runs.remote.cache import cache_folder, digest
from engine.runs.remote.store import Listing, OnFetch, RemoteError, RemoteFile, Store, is_fetched_at_once, is_safe


@dataclass(frozen=True)
class Mirror:
    """`folder` mirrors the folder at `address`; `path` is what to open: the folder, or the file that was named."""

    address: str
    folder: Path
    path: Path
    pending_bytes: int  # of the placeholders

    def with_addresses(self, text: str) -> str:
        """Replace local paths in a message by addresses."""
        inside = self.address.rstrip("/") if self.path == self.folder else self.address.rpartition("/")[0]
        return text.replace(str(self.path), self.address.rstrip("/")).replace(str(self.folder), inside)


def build_mirror(address: str, listing: Listing, store: Store, on_fetch: OnFetch) -> Mirror:
    """Mirror a listing; fetches the settings beside the run, and each checkpoint when it is opened.

    The same listing has the same folder, so that several processes share it.

    Raises:
        RemoteError: settings cannot be fetched, or the folder cannot be written.
    """
    pending = 0
    try:
        root = cache_folder() / "mirrors"
        root.mkdir(parents=True, exist_ok=True)
        folder = root.resolve() / digest(address, asdict(listing)) / _folder_name(address, listing)
        folder.mkdir(parents=True, exist_ok=True)
        for file in listing.files:
            place = folder / file.name
            place.parent.mkdir(parents=True, exist_ok=True)
            copy = store.cached(file)
            if copy is None and is_fetched_at_once(file.name):
                copy = store.fetch(file, on_fetch)
            if copy is not None:
                _link(place, copy)
                continue
            _put_placeholder(place)
            fetch_on_open(place, partial(_fill, place, file, store, on_fetch))
            pending += file.size or 0
    except OSError as error:
        raise _not_writable(error) from error
    return Mirror(address, folder, folder / listing.target if listing.target else folder, pending)


def _folder_name(address: str, listing: Listing) -> str:
    """The name of the remote folder: `checkpoint-500` may be the only place that has the epoch."""
    parts = address.partition("://")[2].rstrip("/").split("/")
    name = parts[-1] if listing.target is None else parts[-2] if len(parts) > 1 else ""
    return name if is_safe(name) else "run"


def _fill(place: Path, file: RemoteFile, store: Store, on_fetch: OnFetch) -> None:
    try:
        _link(place, store.fetch(file, on_fetch))
    except OSError as error:
        raise _not_writable(error) from error


def _not_writable(error: OSError) -> RemoteError:
    file = error.filename or cache_folder()
    return RemoteError(
        f"{file}: {error.strerror or error}; fetched files need a cache that can be written, "
        "which XDG_CACHE_HOME can name."
    )


def _put_placeholder(place: Path) -> None:
    if place.is_symlink() or not place.is_file() or place.stat().st_size:
        with suppress(FileNotFoundError):
            place.unlink()
        place.touch()


def _link(place: Path, target: Path) -> None:
    """Replace a placeholder by a link to the fetched file; by a copy, where links are not supported."""
    if place.is_symlink() and place.readlink() == target:
        return
    temporary = place.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        temporary.symlink_to(target)
    except (OSError, NotImplementedError):
        if os.name == "posix":
            raise
        shutil.copyfile(target, temporary)
    temporary.replace(place)
