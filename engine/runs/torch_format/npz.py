"""Read a `.npz` archive of NumPy arrays as tensors, without NumPy's parser of headers, which compiles them."""

from __future__ import annotations

import re
from typing import IO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from engine.runs.torch_format.errors import CompressedArchive, MalformedCheckpoint
from engine.runs.torch_format.numpy_values import array_from_bytes, numpy_dtype

_MAGIC = b"\x93NUMPY"
_HEADER = re.compile(
    rb"\{\s*'descr':\s*'(?P<dtype>[<>|=]?\w+)',\s*'fortran_order':\s*(?P<fortran>True|False),"
    rb"\s*'shape':\s*\((?P<shape>[\d,\s]{0,400})\),?\s*\}\s*"
)
# Weights hardly compress; an archive that unpacks to far more than its size is made for that.
_MAX_RATIO, _SLACK_BYTES, _MAX_BYTES = 20, 1 << 20, 1 << 30


def read_npz(file: IO[bytes], size: int) -> dict[str, object]:
    """The arrays of an archive of `size` bytes, by name; those of objects or text are opaque.

    Raises:
        CompressedArchive: it unpacks to far more than its size.
        Exception: it is damaged, in any way.
    """
    with ZipFile(file) as archive:
        entries = archive.infolist()
        limit = min(_MAX_RATIO * size + _SLACK_BYTES, _MAX_BYTES)
        if sum(entry.file_size for entry in entries) > limit:
            raise CompressedArchive("more than its size explains")
        if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) or entry.flag_bits & 1 for entry in entries):
            raise MalformedCheckpoint("encrypted, or compressed by another method")
        return {
            entry.filename.removesuffix(".npy"): read_npy(archive.read(entry))
            for entry in entries
            if entry.filename.endswith(".npy")
        }


def read_npy(data: bytes) -> object:
    """The array in the content of a `.npy` file; opaque if its items are not numbers.

    Raises:
        MalformedCheckpoint, ValueError: it is damaged.
    """
    width = 2 if data[6:7] == b"\x01" else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    header = _HEADER.fullmatch(data[8 + width : start])
    if data[:6] != _MAGIC or data[6:7] not in (b"\x01", b"\x02", b"\x03"):
        raise MalformedCheckpoint("not a .npy file")
    if header is None:  # a record
        return None
    shape = tuple(int(length) for length in header["shape"].replace(b" ", b"").split(b",") if length)
    dtype = numpy_dtype(header["dtype"].decode("ascii"))
    return array_from_bytes(data[start:], dtype, shape, "F" if header["fortran"] == b"True" else "C")
