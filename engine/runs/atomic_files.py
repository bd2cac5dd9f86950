"""Effects on files that survive a crash: each is whole or absent, and on the disk when the call returns."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path

_TEMPORARY = re.compile(r"\..+\.\d+\.tmp")


def write_atomically(path: Path, data: bytes) -> None:
    """Write all of `data` or nothing: temporary file, fsync, rename, fsync of the folder."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            _write_all(file.fileno(), data)
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - the tests cut at each call of os that changes the disk
    except BaseException:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def append(path: Path, data: bytes) -> None:
    """Append to a file, made if it is not there. A crash may leave a part of `data`; a full disk leaves none."""
    with path.open("ab") as file:
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
    """Cut a file to its first `size` bytes; needs no room on the disk."""
    with path.open("r+b") as file:
        os.ftruncate(file.fileno(), size)
        os.fsync(file.fileno())


def make_folder(path: Path) -> None:
    """Make a folder and those above it, where they are not there yet."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)


def remove_temporaries(folder: Path) -> None:
    """Remove what `write_atomically` left in a folder when its process was killed; nobody may be writing there."""
    if folder.is_dir():
        for file in folder.iterdir():
            if is_temporary(file.name):
                file.unlink(missing_ok=True)


def is_temporary(name: str) -> bool:
    """Whether a file of that name is one that `write_atomically` had begun."""
    return _TEMPORARY.fullmatch(name) is not None


def sync_folder(path: Path) -> None:
    """Put the names in a folder on the disk; without it a power cut may undo a rename that has returned."""
    if os.name != "posix":
        return  # Windows opens no folders
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
