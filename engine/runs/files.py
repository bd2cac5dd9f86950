"""One file from disk, with nothing in it executed: a safetensors file or a `torch.save` archive."""

from __future__ import annotations

import re
import stat
import threading
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open

from engine.errors import UnreadableRun
from engine.runs.inert import STAND_INS

SUFFIXES = (".safetensors", ".pth", ".pt", ".ckpt")
READABLE = "a checkpoint is a .safetensors file or a .pth or .pt file made by torch.save"

# Below this a file is read whole; above it is mapped, so that only what is used is read.
_MAPPED_BYTES = 64 << 20
_ZIP, _PICKLE, _LFS = b"PK\x03\x04", b"\x80", b"version https://git-lfs.github.com/spec/"
_GLOBAL = re.compile(r"GLOBAL (\S+)")
# torch keeps one list of permitted names for the whole process.
_permitting = threading.Lock()


def require_regular_file(path: Path) -> int:
    """The size of a regular file; a pipe, device or folder is never opened.

    Raises:
        UnreadableRun: it is missing, something else, or a pointer of git-annex without its content.
    """
    try:
        found = path.stat()
    except OSError as error:
        if path.is_symlink() and "annex/objects" in str(path.readlink()):
            raise UnreadableRun(
                f"{path} is a git-annex pointer, not the file itself; run `git annex get` for it."
            ) from error
        if isinstance(error, FileNotFoundError):
            raise UnreadableRun(f"{path} does not exist.") from error
        raise UnreadableRun(f"{path} cannot be read: {error.strerror or error}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise UnreadableRun(f"{path} is {_kind(found.st_mode)}, expected a file; {READABLE}.")
    return found.st_size


def read_file(path: Path) -> Mapping[str, Any]:
    """What a checkpoint file holds, as its trainer saved it; a safetensors file's metadata is under `metadata`.

    Large archives are mapped into memory, not read.

    Raises:
        UnreadableRun: no checkpoint, a damaged one, a pointer to one, or a pickle that calls for code.
    """
    size = require_regular_file(path)
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise UnreadableRun(f"{path} cannot be read: {error.strerror or error}.") from error
    if not head:
        raise UnreadableRun(f"{path} is empty; {READABLE}.")
    if head.startswith(_LFS):
        raise UnreadableRun(f"{path} is a git-lfs pointer, not the file itself; run `git lfs pull` to fetch it.")
    if b"annex/objects/" in head:
        raise UnreadableRun(f"{path} is a git-annex pointer, not the file itself; run `git annex get` for it.")
    if _is_text(head) and not head.startswith(_ZIP):
        raise UnreadableRun(f"{path} is text; {READABLE}.")
    if path.suffix == ".safetensors" or head[8:9] == b"{":
        return _read_safetensors(path)
    if not head.startswith((_ZIP, _PICKLE)):
        raise UnreadableRun(f"{path} is no checkpoint; {READABLE}.")
    return _read_archive(path, mapped=size > _MAPPED_BYTES and head.startswith(_ZIP))


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            tensors: dict[str, Any] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            metadata = file.metadata()
    except (OSError, SafetensorError, ValueError, RuntimeError, TypeError, KeyError) as error:
        raise UnreadableRun(f"{path} is damaged or truncated: not a whole safetensors file.") from error
    return {**tensors, "metadata": dict(metadata)} if metadata else tensors


def _read_archive(path: Path, mapped: bool) -> Mapping[str, Any]:
    try:
        with _permitting, torch.serialization.safe_globals(STAND_INS), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            payload = torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    # A crafted file makes the reader fail in any way; torch's own sentences advise to load it unsafely.
    except Exception as error:
        named = _GLOBAL.search(str(error))
        if named is not None:
            raise UnreadableRun(
                f"{path} is a pickle that calls for {named[1]}, so loading it would run code; it was not loaded, "
                "save its state_dict alone."
            ) from None
        raise UnreadableRun(
            f"{path} is damaged, truncated, or a pickle of something other than tensors; {READABLE}."
        ) from None
    if isinstance(payload, Mapping):
        return payload
    raise UnreadableRun(f"{path} holds a {type(payload).__name__}, expected a dict of tensors; {READABLE}.")


def _is_text(head: bytes) -> bool:
    return all(byte in b"\t\n\r" or byte >= 0x20 for byte in head)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or socket"
