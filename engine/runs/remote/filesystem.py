"""Files and folders that fsspec reads: `ssh://`, `s3://`, `memory://` and others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs

from engine.errors import GrokError
from engine.runs.remote.address import PACKAGES, RemoteAddress
from engine.runs.remote.cache import FileCache
from engine.runs.remote.store import (
    MAX_DEPTH,
    Listing,
    OnFetch,
    RemoteError,
    RemoteFile,
    Unreachable,
    beside,
    changed,
    cut_off,
    is_safe,
    relevant,
)

_CHUNK_BYTES = 1 << 18
# The fields of fsspec's `info` that change with the content of a file, the best first; a file system has some of them.
_VERSION_FIELDS = (
    *("ETag", "etag", "e_tag", "md5", "md5Hash", "content_md5", "checksum", "sha", "version_id", "generation"),
    *("mtime", "LastModified", "last_modified", "updated", "modified", "modify", "created"),
)
# Errors of asyncssh and botocore about who may read, by name: neither package is imported here.
_NO_ACCESS = {
    "PermissionDenied": "access is denied",
    "HostKeyNotVerifiable": "the key of the server is not known; connect once with ssh",
    "NoCredentialsError": "no credentials were found",
    "ClientError": "access is denied",
}


@dataclass(frozen=True)
class _Folder:
    """A folder on a server, and the file in it that the address names, if it names one."""

    system: AbstractFileSystem
    path: str
    target: str | None


class FilesystemStore:
    """One URL of a scheme that fsspec reads; credentials are those that its file systems find, such as in ~/.ssh."""

    def __init__(self, address: RemoteAddress) -> None:
        self._address = address
        self._cache = FileCache.of(address.url)

    def listing(self) -> Listing:
        """The checkpoints and settings at the address.

        Raises:
            RemoteError: nothing there, access denied, a missing package, or no connection and nothing in the cache.
        """
        return self._cache.list_or_recall(self._list)

    def _list(self) -> Listing:
        folder = self._folder
        with self._explained(str(self._address)):
            return _list(folder)

    def cached(self, file: RemoteFile) -> Path | None:
        """The local copy, if the file system tells versions apart."""
        return self._cache.find(file) if file.version else None

    def fetch(self, file: RemoteFile, on_fetch: OnFetch) -> Path:
        """Fetch one file.

        Raises:
            RemoteError: the connection was cut, or the file has changed since the listing.
        """
        folder = self._folder
        source = str(self._address) if file.name == folder.target else f"{self._address}/{file.name}"
        with self._explained(source):
            _require_unchanged(folder, file, source)
            stream = folder.system.open(f"{folder.path}/{file.name}", "rb")
        with stream:
            return self._cache.add(file, source, self._chunks(stream, folder, file, source), on_fetch)

    @cached_property
    def _folder(self) -> _Folder:
        """Connect to the server.

        Raises:
            RemoteError: as `listing`.
        """
        package, options = PACKAGES[self._address.scheme], {}
        if package == "sshfs":
            # Without it fsspec would read ssh with paramiko, which it lets accept the key of any server.
            if find_spec("sshfs") is None:
                raise self._missing(package)
            options = {"known_hosts": ()}  # those of ~/.ssh; the default of sshfs is to accept any key
        with self._explained(str(self._address)):
            try:
                system, path = url_to_fs(self._address.url, **options)
            except ImportError as error:
                raise self._missing(package or error.name or "another package") from error
            if package == "sshfs":
                path = path.removeprefix("/~/")  # relative paths start at the home directory
            path = path.rstrip("/")
            system.invalidate_cache()
            if system.info(path)["type"] == "directory":
                return _Folder(system, path, None)
            folder, _, target = path.rpartition("/")
            return _Folder(system, folder, target)

    def _missing(self, package: str) -> RemoteError:
        wanted = "'grok-tui[remote]'" if package == "sshfs" else package
        return RemoteError(f"{self._address.scheme}:// needs {package}; pip install {wanted}.")

    def _chunks(self, stream: IO[bytes], folder: _Folder, file: RemoteFile, source: str) -> Iterator[bytes]:
        done = 0
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                done += len(chunk)
                yield chunk
        except Exception as error:  # every file system has its own
            raise cut_off(source, done, file.size) from error
        with self._explained(source):
            _require_unchanged(folder, file, source)

    @contextmanager
    def _explained(self, source: str) -> Iterator[None]:
        """Turn the errors of any file system into a sentence; their own texts may contain a password."""
        try:
            yield
        except GrokError:
            raise
        except FileNotFoundError:
            raise RemoteError(f"{source} does not exist.") from None
        except PermissionError:
            raise RemoteError(f"{source} cannot be fetched: access is denied.") from None
        except Exception as error:
            kind = type(error).__name__
            if kind in _NO_ACCESS:
                raise RemoteError(f"{source} cannot be fetched: {_NO_ACCESS[kind]}.") from None
            reason = error.strerror if isinstance(error, OSError) and error.strerror else kind
            raise Unreachable(f"{source} cannot be reached: {reason}.") from None


def _list(folder: _Folder) -> Listing:
    if folder.target is None:
        return Listing(tuple(relevant(_walk(folder))))
    target = _remote_file(folder.target, folder.system.info(f"{folder.path}/{folder.target}"))
    others: list[RemoteFile] = []
    with suppress(Exception):  # a file may be readable where its folder is not; every file system has its own errors
        items = folder.system.ls(folder.path, detail=True)
        others = [_remote_file(item["name"].rpartition("/")[2], item) for item in items if item["type"] == "file"]
    return Listing(beside(folder.target, (*others, target)), folder.target)


def _walk(folder: _Folder) -> Iterator[RemoteFile]:
    """The files of a folder; links are left out, since they may lead anywhere."""
    for _, folders, files in folder.system.walk(folder.path, maxdepth=MAX_DEPTH, detail=True, on_error="raise"):
        for name in [name for name in folders if not is_safe(name)]:
            del folders[name]
        for path, info in ((info["name"], info) for info in files.values() if info["type"] == "file"):
            if path.startswith(f"{folder.path}/"):
                yield _remote_file(path.removeprefix(f"{folder.path}/"), info)


def _remote_file(name: str, info: Mapping[str, Any]) -> RemoteFile:
    """A file, with the best version that its file system has; dates have several forms even in one file system."""
    version = next((info[field] for field in _VERSION_FIELDS if info.get(field) is not None), "")
    if isinstance(version, datetime):
        version = version.timestamp()
    return RemoteFile(name, info.get("size"), str(version))


def _require_unchanged(folder: _Folder, file: RemoteFile, source: str) -> None:
    folder.system.invalidate_cache()
    if _remote_file(file.name, folder.system.info(f"{folder.path}/{file.name}")) != file:
        raise changed(source)
