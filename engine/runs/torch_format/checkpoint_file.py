"""Read a checkpoint file, of safetensors, `torch.save` or NumPy, without executing anything in it."""

from __future__ import annotations

import json
import mmap
import os
import stat
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO, Any

import safetensors.torch

from engine.errors import UnreadableRun
from engine.runs.lazy_files import ensure_fetched
from engine.runs.torch_format.errors import (
    CompressedArchive,
    ForbiddenGlobal,
    OversizedTensor,
    ScriptArchive,
    UnsupportedTensor,
)
from engine.runs.torch_format.opaque_objects import InertObject
from engine.runs.torch_format.sharded import INDEX_SUFFIX, MAX_INDEX_BYTES, merge_shards

READABLE = "a checkpoint is a .safetensors file or a .pth or .pt file written by torch.save"

# Smaller files are read into memory; larger ones are mapped, so that only the parts in use are read.
MAP_THRESHOLD_BYTES = 64 << 20
_MAX_SAFETENSORS_BYTES = 1 << 30  # a safetensors file is a single checkpoint, read into memory
_ZIP, _PICKLE, _GIT_LFS = b"PK\x03\x04", b"\x80", b"version https://git-lfs.github.com/spec/"


def open_regular(path: Path, expected: str = READABLE) -> IO[bytes]:
    """Open a regular file; never blocks, even if a pipe or device replaces the file at the last moment.

    Raises:
        UnreadableRun: the file is missing, not regular, not readable, or a git-annex pointer.
    """
    ensure_fetched(path)
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


def read_bytes(path: Path, expected: str, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises:
        UnreadableRun: the file is larger, or as `open_regular`.
    """
    with open_regular(path, expected) as file:
        try:
            data = file.read(limit + 1)
        except OSError as error:
            raise unreadable(path, error) from error
    if len(data) > limit:
        size = f"{limit >> 20} MiB" if limit >> 20 else f"{limit >> 10} KiB"
        raise UnreadableRun(f"{path} is larger than {size}; {expected}.")
    return data


def unreadable(path: Path, error: Exception) -> UnreadableRun:
    """The error about a file that the operating system refuses to read."""
    reason = error.strerror if isinstance(error, OSError) else None
    return UnreadableRun(f"{path} cannot be read: {reason or error}.")


def read_file(path: Path, map_from: int = MAP_THRESHOLD_BYTES) -> Mapping[str, Any]:
    """The dict that a trainer saved; the metadata of a safetensors file is under `metadata`.

    Files larger than `map_from` bytes are mapped, not read.

    Raises:
        UnreadableRun: not a checkpoint, a damaged one, a git pointer, or a pickle that would run code.
    """
    if path.name.endswith(INDEX_SUFFIX):
        return merge_shards(path, read_bytes(path, READABLE, MAX_INDEX_BYTES), partial(read_file, map_from=map_from))
    with open_regular(path) as file:
        try:
            head = file.read(64)
            size = os.fstat(file.fileno()).st_size
            _require_checkpoint(path, head)
            if path.suffix == ".safetensors" or head[8:9] == b"{":
                return _read_safetensors(path, _contents(file, size, map_from))
            if path.suffix == ".npz" and head.startswith(_ZIP):
                return _read_npz(path, file, size)
            if not head.startswith((_ZIP, _PICKLE)):
                raise UnreadableRun(f"{path} is not a checkpoint; {READABLE}.")
            return _read_torch(path, file, _contents(file, size, map_from))
        except OSError as error:
            raise unreadable(path, error) from error


def _require_checkpoint(path: Path, head: bytes) -> None:
    if not head:
        raise UnreadableRun(f"{path} is empty; {READABLE}.")
    if head.startswith(_GIT_LFS):
        raise UnreadableRun(f"{path} is a git-lfs pointer, not the file itself; run `git lfs pull` to fetch it.")
    if b"annex/objects/" in head:
        raise UnreadableRun(f"{path} is a git-annex pointer, not the file itself; run `git annex get` for it.")
    if _is_text(head) and not head.startswith(_ZIP):
        raise UnreadableRun(f"{path} is text; {READABLE}.")


def _contents(file: IO[bytes], size: int, map_from: int) -> bytearray | mmap.mmap:
    """All bytes: writable, as torch.frombuffer requires, but never written back."""
    if size > map_from:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    file.seek(0)
    return bytearray(file.read(size))


def _read_safetensors(path: Path, data: bytearray | mmap.mmap) -> dict[str, Any]:
    if len(data) > _MAX_SAFETENSORS_BYTES:
        raise UnreadableRun(
            f"{path} is {len(data) / 2**30:.1f} GiB large, expected a safetensors file of at most "
            f"{_MAX_SAFETENSORS_BYTES >> 30} GiB."
        )
    try:
        tensors: dict[str, Any] = safetensors.torch.load(bytes(data))
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    # A crafted file may fail anywhere.
    except Exception as error:
        raise UnreadableRun(f"{path} is damaged or truncated: not a complete safetensors file.") from error
    metadata = header.get("__metadata__")
    return {**tensors, "metadata": metadata} if metadata else tensors


def _read_npz(path: Path, file: IO[bytes], size: int) -> Mapping[str, Any]:
    from engine.runs.torch_format.npz import read_npz

    try:
        return read_npz(file, size)
    except CompressedArchive:
        raise UnreadableRun(f"{path} unpacks to far more than its size; expected arrays of weights.") from None
    # A crafted file may fail anywhere.
    except Exception:
        raise UnreadableRun(f"{path} is damaged or truncated: not a complete archive of NumPy arrays.") from None


def _read_torch(path: Path, file: IO[bytes], data: bytearray | mmap.mmap) -> Mapping[str, Any]:
    from engine.runs.torch_format.archive import read_legacy, read_zip

    try:
        payload = read_zip(file, data) if data[:4] == _ZIP else read_legacy(data)
    except ForbiddenGlobal as error:
        raise UnreadableRun(
            f"{path} is a pickle that imports {error.name}, so loading it could run code; it was not loaded. "
            "Save only its state_dict."
        ) from None
    except UnsupportedTensor:
        raise UnreadableRun(f"{path} contains a sparse, quantised or meta tensor, expected dense tensors.") from None
    except OversizedTensor as error:
        raise UnreadableRun(
            f"{path}: a tensor claims shape {list(error.shape)}, more numbers than are stored for it."
        ) from None
    except ScriptArchive:
        raise UnreadableRun(f"{path} is a TorchScript archive, which contains code; save its state_dict.") from None
    except CompressedArchive:
        raise UnreadableRun(f"{path} is a compressed archive, which torch.save never writes; {READABLE}.") from None
    # A crafted file may fail anywhere.
    except Exception:
        raise UnreadableRun(
            f"{path} is damaged, truncated, or a pickle of something other than tensors; {READABLE}."
        ) from None
    if isinstance(payload, dict):
        return payload
    if isinstance(payload, list | tuple):  # of checkpoints
        return {"checkpoints": list(payload)}
    if isinstance(payload, InertObject):  # a module, or the state of a trainer
        return {**vars(payload), "model": payload}
    raise UnreadableRun(f"{path} contains a {type(payload).__name__}, expected a dict of tensors; {READABLE}.")


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r" or byte >= 0x20 for byte in head)


def _require_regular_file(path: Path, expected: str) -> None:
    """Check before opening, so that no pipe or device is opened; a broken git-annex link gets its own error."""
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        if path.is_symlink() and "annex/objects" in str(path.readlink()):
            raise UnreadableRun(
                f"{path} is a git-annex pointer, not the file itself; run `git annex get` for it."
            ) from error
        if isinstance(error, FileNotFoundError):
            raise UnreadableRun(f"{path} does not exist.") from error
        raise unreadable(path, error) from error
    _require_regular(path, status.st_mode, expected)


def _require_regular(path: Path, mode: int, expected: str) -> None:
    if not stat.S_ISREG(mode):
        raise UnreadableRun(f"{path} is {_kind(mode)}, expected a file; {expected}.")


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
