"""One file from disk, with nothing in it executed: a safetensors file or one made by `torch.save`."""

from __future__ import annotations

import json
import mmap
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import safetensors.torch

from engine.errors import UnreadableRun
from engine.runs.torch_format.allowed_globals import TensorOutOfBounds
from engine.runs.torch_format.archive import Compressed, read_legacy, read_zip
from engine.runs.torch_format.unpickler import NotDense, UnsafePickle

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")
READABLE = "a checkpoint is a .safetensors file or a .pth or .pt file made by torch.save"

# Below this a file is read whole; above it is mapped, so that only what is used is read.
_MAPPED_BYTES = 64 << 20
_MOST_SAFETENSORS = 1 << 30  # such a file is one checkpoint, and is read whole
_ZIP, _PICKLE, _LFS = b"PK\x03\x04", b"\x80", b"version https://git-lfs.github.com/spec/"


def open_regular(path: Path, expected: str = READABLE) -> IO[bytes]:
    """Open a regular file without waiting, whatever lies there by the time that it is opened.

    Raises:
        UnreadableRun: it is missing, something else, may not be read, or is a pointer of git-annex.
    """
    _require_regular_file(path, expected)
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise unreadable(path, error) from error
    file = os.fdopen(descriptor, "rb")
    try:
        _require_regular(path, os.fstat(descriptor).st_mode, expected)
    except UnreadableRun:
        file.close()
        raise
    return file


def read_bytes(path: Path, expected: str, most: int) -> bytes:
    """All of a file that is at most so large.

    Raises:
        UnreadableRun: it is larger, or as `open_regular`.
    """
    with open_regular(path, expected) as file:
        try:
            data = file.read(most + 1)
        except OSError as error:
            raise unreadable(path, error) from error
    if len(data) > most:
        raise UnreadableRun(f"{path} is larger than {most >> 20} MiB; {expected}.")
    return data


def unreadable(path: Path, error: Exception) -> UnreadableRun:
    """The sentence about what the system refuses."""
    reason = error.strerror if isinstance(error, OSError) else None
    return UnreadableRun(f"{path} cannot be read: {reason or error}.")


def read_file(path: Path) -> Mapping[str, Any]:
    """What a checkpoint file holds, as its trainer saved it; a safetensors file's metadata is under `metadata`.

    Large files are mapped into memory, not read.

    Raises:
        UnreadableRun: no checkpoint, a damaged one, a pointer to one, or a pickle that calls for code.
    """
    with open_regular(path) as file:
        try:
            head = file.read(64)
            size = os.fstat(file.fileno()).st_size
            _require_checkpoint(path, head)
            if path.suffix == ".safetensors" or head[8:9] == b"{":
                return _read_safetensors(path, _contents(file, size))
            if not head.startswith((_ZIP, _PICKLE)):
                raise UnreadableRun(f"{path} is not a checkpoint; {READABLE}.")
            return _read_torch(path, file, _contents(file, size))
        except OSError as error:
            raise unreadable(path, error) from error


def _require_checkpoint(path: Path, head: bytes) -> None:
    if not head:
        raise UnreadableRun(f"{path} is empty; {READABLE}.")
    if head.startswith(_LFS):
        raise UnreadableRun(f"{path} is a git-lfs pointer, not the file itself; run `git lfs pull` to fetch it.")
    if b"annex/objects/" in head:
        raise UnreadableRun(f"{path} is a git-annex pointer, not the file itself; run `git annex get` for it.")
    if _is_text(head) and not head.startswith(_ZIP):
        raise UnreadableRun(f"{path} is text; {READABLE}.")


def _contents(file: IO[bytes], size: int) -> bytearray | mmap.mmap:
    """All bytes, writable (torch asks for that) but never written back."""
    if size > _MAPPED_BYTES:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    file.seek(0)
    return bytearray(file.read(size))


def _read_safetensors(path: Path, data: bytearray | mmap.mmap) -> dict[str, Any]:
    if len(data) > _MOST_SAFETENSORS:
        raise UnreadableRun(
            f"{path} is {len(data) / 2**30:.1f} GiB large, expected a safetensors file of at most "
            f"{_MOST_SAFETENSORS >> 30} GiB."
        )
    try:
        tensors: dict[str, Any] = safetensors.torch.load(bytes(data))
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    # A crafted file makes the reader fail in any way.
    except Exception as error:
        raise UnreadableRun(f"{path} is damaged or truncated: not a complete safetensors file.") from error
    metadata = header.get("__metadata__")
    return {**tensors, "metadata": metadata} if metadata else tensors


def _read_torch(path: Path, file: IO[bytes], data: bytearray | mmap.mmap) -> Mapping[str, Any]:
    try:
        payload = read_zip(file, data) if data[:4] == _ZIP else read_legacy(data)
    except UnsafePickle as error:
        raise UnreadableRun(
            f"{path} is a pickle that imports {error.name}, so loading it could run code; it was not loaded. "
            "Save only its state_dict."
        ) from None
    except NotDense:
        raise UnreadableRun(f"{path} contains a sparse, quantised or meta tensor, expected dense tensors.") from None
    except TensorOutOfBounds as error:
        raise UnreadableRun(f"{path}: a tensor claims shape {error}, more numbers than are stored for it.") from None
    except Compressed:
        raise UnreadableRun(f"{path} is a compressed archive, which torch.save never writes; {READABLE}.") from None
    # A crafted file makes the reader fail in any way.
    except Exception:
        raise UnreadableRun(
            f"{path} is damaged, truncated, or a pickle of something other than tensors; {READABLE}."
        ) from None
    if isinstance(payload, dict):
        return payload
    raise UnreadableRun(f"{path} contains a {type(payload).__name__}, expected a dict of tensors; {READABLE}.")


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r" or byte >= 0x20 for byte in head)


def _require_regular_file(path: Path, expected: str) -> None:
    """A pipe, device or folder is never opened, and a pointer of git-annex without its content is told."""
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        if path.is_symlink() and "annex/objects" in str(path.readlink()):
            raise UnreadableRun(
                f"{path} is a git-annex pointer, not the file itself; run `git annex get` for it."
            ) from error
        if isinstance(error, FileNotFoundError):
            raise UnreadableRun(f"{path} does not exist.") from error
        raise unreadable(path, error) from error
    _require_regular(path, found.st_mode, expected)


def _require_regular(path: Path, mode: int, expected: str) -> None:
    if not stat.S_ISREG(mode):
        raise UnreadableRun(f"{path} is {_kind(mode)}, expected a file; {expected}.")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
