"""The two containers of `torch.save`: a zip of a pickle and its storages, and the older sequence of pickles.

Tensors are views of the file's bytes: nothing is unpacked, and every claim of the pickle is checked against the bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO
from zipfile import ZIP_STORED, ZipFile

import torch

from engine.runs.torch_format.allowed_globals import Storage, StorageType
from engine.runs.torch_format.errors import CompressedArchive, MalformedCheckpoint, ScriptArchive
from engine.runs.torch_format.unpickler import Buffer, unpickle

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_LOCAL_HEADER = struct.Struct("<4s22xHH")


@dataclass(frozen=True)
class _ByteRange:
    """A part of the file."""

    start: int
    length: int

    def read(self, data: Buffer) -> bytes:
        return bytes(data[self.start : self.start + self.length])


def read_zip(file: IO[bytes], data: Buffer) -> object:
    """Read a zip archive; `data` is the content of the open `file`.

    Raises:
        RejectedCheckpoint: one of its subclasses.
    """
    entries = _entries(file, data)
    pickles = [name for name in entries if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise MalformedCheckpoint(f"{len(pickles)} pickles")
    folder = pickles[0].removesuffix("data.pkl")
    byteorder = entries.get(f"{folder}byteorder")
    if byteorder is not None and byteorder().read(data) != b"little":
        raise MalformedCheckpoint("big-endian numbers")

    def locate(key: str) -> _ByteRange:
        return entries[f"{folder}data/{key}"]()

    program = entries[pickles[0]]().read(data)
    return unpickle(program, resolve_storage=_Storages(data, locate))[0]


def _entries(file: IO[bytes], data: Buffer) -> dict[str, Callable[[], _ByteRange]]:
    """The entries of the archive by name, each with a function that locates its bytes."""
    with ZipFile(file) as archive:
        entries = archive.infolist()
    if any(entry.filename.partition("/")[2].startswith("code/") for entry in entries):
        raise ScriptArchive
    for entry in entries:
        if entry.compress_type != ZIP_STORED or entry.file_size != entry.compress_size:
            raise CompressedArchive(entry.filename)
    if sum(entry.file_size for entry in entries) > len(data):
        raise MalformedCheckpoint("overlapping entries")
    return {entry.filename: _locator(data, entry.header_offset, entry.file_size) for entry in entries}


def _locator(data: Buffer, header: int, length: int) -> Callable[[], _ByteRange]:
    def locate() -> _ByteRange:
        signature, n_name, n_extra = _LOCAL_HEADER.unpack(data[header : header + _LOCAL_HEADER.size])
        start = header + _LOCAL_HEADER.size + n_name + n_extra
        if header < 0 or signature != b"PK\x03\x04" or start + length > len(data):
            raise MalformedCheckpoint("the directory and the entries disagree")
        return _ByteRange(start, length)

    return locate


class _Storages:
    """Resolves persistent ids to storages, each built once, so that tensors that shared numbers still do."""

    def __init__(self, data: Buffer, locate: Callable[[str], _ByteRange]) -> None:
        self._data = data
        self._locate = locate
        self._cache: dict[str, tuple[torch.dtype, Storage]] = {}

    def __call__(self, persistent_id: tuple[object, ...]) -> Storage:
        key, dtype, numel = _parse_persistent_id(persistent_id)
        if key not in self._cache:
            self._cache[key] = dtype, Storage(_numbers(self._data, self._locate(key), dtype, numel))
        cached_dtype, storage = self._cache[key]
        if cached_dtype != dtype:
            raise MalformedCheckpoint("a storage with two dtypes")
        return storage


def _parse_persistent_id(persistent_id: tuple[object, ...]) -> tuple[str, torch.dtype, int]:
    """Key, dtype and length of ("storage", type, key, location, numel); the older form adds a view of it."""
    tag, kind, key, _, numel, *view = persistent_id
    if tag != "storage" or not isinstance(kind, StorageType) or not isinstance(key, str) or view not in ([], [None]):
        raise MalformedCheckpoint("invalid storage")
    if not isinstance(numel, int) or numel < 0:
        raise MalformedCheckpoint("invalid storage length")
    return key, kind.dtype, numel


def _numbers(data: Buffer, source: _ByteRange, dtype: torch.dtype, numel: int) -> torch.Tensor:
    if numel * dtype.itemsize > source.length:
        raise MalformedCheckpoint("a storage that claims more numbers than it has")
    if numel == 0:
        return torch.empty(0, dtype=dtype)
    if source.start % dtype.itemsize:  # torch.frombuffer needs aligned numbers
        return torch.frombuffer(bytearray(source.read(data)), dtype=dtype, count=numel)
    return torch.frombuffer(data, dtype=dtype, count=numel, offset=source.start)


def read_legacy(data: Buffer) -> object:
    """Read the older container: magic number, protocol, system, value, keys, then each storage after its length.

    A pickle without torch's magic number is read as Python wrote it.

    Raises:
        RejectedCheckpoint: one of its subclasses.
    """
    magic, position = unpickle(data)
    if magic != _MAGIC:
        return unpickle(data, load_storage=_load_storage)[0]
    protocol, position = unpickle(data, position)
    system, value_start = unpickle(data, position)
    if protocol != _PROTOCOL or not isinstance(system, dict) or system.get("little_endian") is not True:
        raise MalformedCheckpoint("not protocol 1001 in little-endian order")
    dtypes: dict[str, torch.dtype] = {}

    def collect_dtype(persistent_id: tuple[object, ...]) -> None:
        key, dtype, _ = _parse_persistent_id(persistent_id)
        dtypes[key] = dtype

    # The storages follow the value that refers to them, so it is read twice: for their dtypes, then with the numbers.
    _, position = unpickle(data, value_start, collect_dtype)
    keys, position = unpickle(data, position)
    ranges: dict[str, _ByteRange] = {}
    for key in keys if isinstance(keys, list) else []:
        length = int.from_bytes(data[position : position + 8], "little") * dtypes[key].itemsize
        ranges[key] = _ByteRange(position + 8, length)
        position += 8 + length
        if position > len(data):
            raise MalformedCheckpoint("truncated")
    return unpickle(data, value_start, _Storages(data, ranges.__getitem__))[0]


def _load_storage(saved: bytes) -> object:
    """A storage from the bytes of its own file, which cannot contain another one: only plain pickles can."""
    magic, _ = unpickle(saved)
    if magic != _MAGIC:
        raise MalformedCheckpoint("not a saved storage")
    return read_legacy(bytearray(saved))
