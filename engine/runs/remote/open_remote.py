"""Open a run at an address: mirror it, open the mirror, and name the address wherever a path would stand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from engine.errors import GrokError, RunNotReady, UnreadableRun
from engine.networks.network import NetworkWeights
from engine.runs.remote.address import RemoteAddress
from engine.runs.remote.mirror import Mirror, build_mirror
from engine.runs.remote.store import LARGE_BYTES, FetchProgress, Listing, OnFetch, RemoteError, Store, throttled
from engine.runs.run import Run


def open_remote(address: RemoteAddress, open_local: Callable[[Path], Run], on_fetch: OnFetch | None = None) -> Run:
    """Open a run at an address by the function that opens a local one; `on_fetch` receives the download progress.

    Checkpoints are fetched when they are loaded, into a cache. Without a connection the cache is opened, and a
    warning says so.

    Raises:
        RemoteError: nothing at the address, no access, no connection, a changed file, or a missing package.
        GrokError: as `open_local`.
    """
    report = throttled(on_fetch or _ignore)
    store = store_of(address)
    listing = store.listing()
    mirror = build_mirror(str(address), listing, store, report)
    with _addresses_in_errors(mirror):
        run = open_local(mirror.path / _single_checkpoint(listing))
    notes = [note for note in (listing.note, _size_note(listing, mirror)) if note]
    return replace(
        run,
        name=str(address),
        address=str(address),
        settings_files=tuple(map(mirror.with_addresses, run.settings_files)),
        warnings=(*notes, *map(mirror.with_addresses, run.warnings)),
        checkpoints=tuple(
            replace(checkpoint, load=partial(_load, checkpoint.load, mirror)) for checkpoint in run.checkpoints
        ),
    )


def store_of(address: RemoteAddress) -> Store:
    """The store that reads a scheme; its packages are imported only now.

    Raises:
        RemoteError: a package is missing.
    """
    extra = "hub" if address.scheme == "hf" else "remote"
    try:
        if address.scheme in ("http", "https"):
            from engine.runs.remote.web import WebStore

            return WebStore(address)
        if address.scheme == "hf":
            from engine.runs.remote.hub import HubStore

            return HubStore(address)
        from engine.runs.remote.filesystem import FilesystemStore

        return FilesystemStore(address)
    except ModuleNotFoundError as error:
        raise RemoteError(
            f"{address.scheme}:// needs {error.name}, which is not installed; pip install 'grok-tui[{extra}]'."
        ) from error


def _single_checkpoint(listing: Listing) -> str:
    """The only checkpoint of a folder, as repositories on the hub often have: opened as a file. Else an empty path."""
    checkpoints = [file.name for file in listing.files if file.is_checkpoint]
    native = any(file.name == "run.json" for file in listing.files)
    return checkpoints[0] if listing.target is None and len(checkpoints) == 1 and not native else ""


def _size_note(listing: Listing, mirror: Mirror) -> str:
    """Announce how much the checkpoints of a folder will take, if that is much."""
    if listing.target is not None or mirror.pending_bytes <= LARGE_BYTES:
        return ""
    return (
        f"{mirror.address}: checkpoints are fetched when they are shown, and all of them "
        f"({mirror.pending_bytes / 1e6:,.0f} MB) for views over epochs."
    )


def _load(load: Callable[[], NetworkWeights], mirror: Mirror) -> NetworkWeights:
    with _addresses_in_errors(mirror):
        return load()


@contextmanager
def _addresses_in_errors(mirror: Mirror) -> Iterator[None]:
    """Name the address in errors about the mirror. A remote folder without a checkpoint is not waited for."""
    try:
        yield
    except RunNotReady as error:
        raise UnreadableRun(mirror.with_addresses(str(error))) from error
    except GrokError as error:
        error.args = (mirror.with_addresses(str(error)),)
        raise


def _ignore(progress: FetchProgress) -> None:
    """Stands in for an observer."""
