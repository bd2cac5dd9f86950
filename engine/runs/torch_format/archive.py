"""What `torch.save` writes, in both of its forms: a zip of a pickle and its numbers, or pickles and the numbers behind.

Tensors are views into the file's bytes: nothing is unpacked, and what a pickle claims is held against the bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO
from zipfile import ZIP_STORED, ZipFile

import torch

from engine.runs.torch_format.allowed_globals import StorageType, StoredTensor
from engine.runs.torch_format.unpickler import Bytes, MalformedPickle, read_pickle

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_LOCAL_HEADER = struct.Struct("<4s22xHH")


class Compressed(ValueError):
    """An archive that is smaller than what it unpacks to, as torch.save makes none."""


@dataclass(frozen=True)
class _Place:
    """Where a storage's numbers lie."""

    start: int
    n_bytes: int


def read_zip(file: IO[bytes], data: Bytes) -> object:
    """The value in a zip archive that lies open in `file`, with all of its bytes in `data`.

    Raises:
        Compressed, Malformed, UnsafePickle, NotDense: as they say.
    """
    records = _records(file, data)
    pickles = [name for name in records if name == "data.pkl" or name.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise MalformedPickle(f"{len(pickles)} pickles")
    folder = pickles[0].removesuffix("data.pkl")
    byteorder = records.get(f"{folder}byteorder")
    if byteorder is not None and _bytes_of(data, byteorder()) != b"little":
        raise MalformedPickle("numbers in big-endian order")

    def place(key: str) -> _Place:
        return records[f"{folder}data/{key}"]()

    program = _bytes_of(data, records[pickles[0]]())
    return read_pickle(program, storage_of=_Storages(data, place))[0]


def _records(file: IO[bytes], data: Bytes) -> dict[str, Callable[[], _Place]]:
    """The archive's entries by name, each with a way to find its bytes."""
    with ZipFile(file) as archive:
        entries = archive.infolist()
    for entry in entries:
        if entry.compress_type != ZIP_STORED or entry.file_size != entry.compress_size:
            raise Compressed(entry.filename)
    if sum(entry.file_size for entry in entries) > len(data):
        raise MalformedPickle("entries that lie over one another")
    return {entry.filename: _finder(data, entry.header_offset, entry.file_size) for entry in entries}


def _finder(data: Bytes, header: int, n_bytes: int) -> Callable[[], _Place]:
    def find() -> _Place:
        signature, n_name, n_extra = _LOCAL_HEADER.unpack(data[header : header + _LOCAL_HEADER.size])
        start = header + _LOCAL_HEADER.size + n_name + n_extra
        if header < 0 or signature != b"PK\x03\x04" or start + n_bytes > len(data):
            raise MalformedPickle("an entry that is not where the archive says")
        return _Place(start, n_bytes)

    return find


def _bytes_of(data: Bytes, place: _Place) -> bytes:
    return bytes(data[place.start : place.start + place.n_bytes])


class _Storages:
    """The storages that a pickle names, each made once: tensors that shared their numbers still do."""

    def __init__(self, data: Bytes, place: Callable[[str], _Place]) -> None:
        self._data = data
        self._place = place
        self._made: dict[str, tuple[torch.dtype, StoredTensor]] = {}

    def __call__(self, name: tuple[object, ...]) -> StoredTensor:
        key, dtype, numel = _named(name)
        if key not in self._made:
            self._made[key] = dtype, StoredTensor(_numbers(self._data, self._place(key), dtype, numel))
        made, stored = self._made[key]
        if made != dtype:
            raise MalformedPickle("a storage of two dtypes")
        return stored


def _named(name: tuple[object, ...]) -> tuple[str, torch.dtype, int]:
    """Key, dtype and length of ("storage", type, key, location, numel) and, in the older form, a view of it."""
    word, kind, key, _, numel, *view = name
    if word != "storage" or not isinstance(kind, StorageType) or not isinstance(key, str) or view not in ([], [None]):
        raise MalformedPickle("not the name of a storage")
    if not isinstance(numel, int) or numel < 0:
        raise MalformedPickle("not the length of a storage")
    return key, kind.dtype, numel


def _numbers(data: Bytes, place: _Place, dtype: torch.dtype, numel: int) -> torch.Tensor:
    if numel * dtype.itemsize > place.n_bytes:
        raise MalformedPickle("a storage that claims more numbers than it has")
    if numel == 0:
        return torch.empty(0, dtype=dtype)
    if place.start % dtype.itemsize:  # numbers begin at multiples of their size
        return torch.frombuffer(bytearray(_bytes_of(data, place)), dtype=dtype, count=numel)
    return torch.frombuffer(data, dtype=dtype, count=numel, offset=place.start)


def read_legacy(data: Bytes) -> object:
    """The value in the older form: magic number, protocol, system, value, keys, then each storage and its length.

    Raises:
        Malformed, UnsafePickle, NotDense: as they say.
    """
    magic, at = read_pickle(data)
    if magic != _MAGIC:
        raise MalformedPickle("no magic number")
    protocol, at = read_pickle(data, at)
    system, begin = read_pickle(data, at)
    if protocol != _PROTOCOL or not isinstance(system, dict) or system.get("little_endian") is not True:
        raise MalformedPickle("not torch's protocol 1001 in little-endian order")
    dtypes: dict[str, torch.dtype] = {}

    def note(name: tuple[object, ...]) -> None:
        key, dtype, _ = _named(name)
        dtypes[key] = dtype

    # The numbers lie behind the value that names them: once for the names, once for the value.
    _, at = read_pickle(data, begin, note)
    keys, at = read_pickle(data, at)
    places: dict[str, _Place] = {}
    for key in keys if isinstance(keys, list) else []:
        n_bytes = int.from_bytes(data[at : at + 8], "little") * dtypes[key].itemsize
        places[key] = _Place(at + 8, n_bytes)
        at += 8 + n_bytes
        if at > len(data):
            raise MalformedPickle("truncated")
    return read_pickle(data, begin, _Storages(data, places.__getitem__))[0]
