"""Crash-safe changes of files: each is complete or absent, and on the disk when the call returns.

An `OSError` of these functions has the file to write as its `filename`, not that of a temporary file.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_TEMPORARY_NAME = re.compile(r"\..+\.[0-9a-f]+\.tmp")
# Some network file systems cannot sync a folder; a folder may be writable without being readable.
_CANNOT_SYNC_FOLDER = (errno.EINVAL, errno.ENOTSUP, errno.EACCES)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file, or replace it: temporary file, fsync, rename, fsync of the folder."""
    write_chunks_atomically(path, [data])


def write_chunks_atomically(path: Path, chunks: Iterable[bytes]) -> None:
    """The same for data that arrives in parts; if the iteration fails, the file stays as it was."""
    with _naming(path):
        temporary = _write_temporary(path, chunks)
        try:
            temporary.replace(path)
        except BaseException:
            _remove(temporary)
            raise
        sync_folder(path.parent)


def create_atomically(path: Path, data: bytes) -> None:
    """Write a new file; never overwrites.

    Raises:
        FileExistsError: `path` exists.
    """
    if os.path.lexists(path):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    with _naming(path):
        temporary = _write_temporary(path, [data])
        try:
            _link(temporary, path)
        finally:
            _remove(temporary)
        sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Append to a file, which is created if needed. A crash may leave a part of `data`; a full disk leaves none."""
    with _naming(path), path.open("ab") as file:
        descriptor = file.fileno()
        size = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise
    if size == 0:
        sync_folder(path.parent)


def truncate(path: Path, size: int) -> None:
    """Cut a file to its first `size` bytes; works on a full disk."""
    with path.open("r+b") as file:
        os.ftruncate(file.fileno(), size)
        os.fsync(file.fileno())


def make_folder(path: Path) -> None:
    """Create a folder and its parents, as far as they do not exist."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def remove_temporaries(folder: Path) -> None:
    """Remove the temporary files of killed processes; no other process may be writing to the folder."""
    if folder.is_dir():
        for file in folder.iterdir():
            if is_temporary(file.name):
                file.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Whether a file has the name of a temporary file of this module."""
    return _TEMPORARY_NAME.fullmatch(name) is not None


def sync_folder(path: Path) -> None:
    """Flush the entries of a folder to the disk; otherwise a power cut may undo a rename that has returned."""
    if os.name != "posix":
        return  # Windows cannot open a folder
    try:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in _CANNOT_SYNC_FOLDER:
            raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name the file in an `OSError`: those of `os.write` and `os.fsync` name none, others name the temporary file."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:  # else the error is text alone, which a name would hide
            error.filename, error.filename2 = str(path), None
        raise


def _write_temporary(path: Path, chunks: Iterable[bytes]) -> Path:
    """A new file in the folder of `path`, with its content on the disk."""
    temporary = path.with_name(f".{path.name[:40]}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            for chunk in chunks:
                _write_all(file.fileno(), chunk)
            os.fsync(file.fileno())
    except BaseException:
        _remove(temporary)
        raise
    return temporary


def _link(temporary: Path, path: Path) -> None:
    """Give the temporary file its name. A link, unlike a rename, fails if the name exists."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system: reserve the name, then replace the empty file
        path.touch(exist_ok=False)
        try:
            temporary.replace(path)
        except BaseException:
            _remove(path)
            raise


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _write_all(descriptor: int, data: bytes) -> None:
    remaining = memoryview(data)
    while remaining:
        remaining = remaining[os.write(descriptor, remaining) :]
