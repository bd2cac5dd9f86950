"""Read the scalars of a TensorBoard event file, with protobuf, which the extra `grok-tui[tensorboard]` installs.

An event file is a sequence of records: the length of the data (8 bytes), its checksum (4), the data, its checksum (4).
The data is a protobuf message, declared here as far as it concerns scalars. No class of another program is loaded.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

_HEADER_BYTES = 12
_MAX_RECORD_BYTES = 4096  # larger records contain images and histograms

# Fields of the messages, by name: their number, type (as in `FieldDescriptorProto.Type`), and whether they repeat.
# https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
_MESSAGES: dict[str, dict[str, tuple[int, str, bool]]] = {
    "Event": {"step": (2, "TYPE_INT64", False), "summary": (5, "Summary", False)},
    "Summary": {"value": (1, "Value", True)},
    "Value": {
        "tag": (1, "TYPE_STRING", False),
        "simple_value": (2, "TYPE_FLOAT", False),
        "tensor": (8, "Tensor", False),
    },
    "Tensor": {"content": (4, "TYPE_BYTES", False), "float_val": (5, "TYPE_FLOAT", True)},
}

Bytes = NDArray[np.uint8]
Scalar = tuple[str, int, float]  # tag, step, value


class _Record(NamedTuple):
    """A record: its position in the file, and the length of its data."""

    position: int
    length: int

    @property
    def start(self) -> int:
        """Where its data starts."""
        return self.position + _HEADER_BYTES

    @property
    def end(self) -> int:
        return self.start + self.length + 4


def read_scalars(data: bytes) -> tuple[list[Scalar], str | None]:
    """The scalars of an event file in the order in which they were written, and what is damaged, if anything is.

    Nothing is read beyond a damaged record; an incomplete last one is still being written.

    Raises:
        ImportError: protobuf is not installed.
    """
    from google.protobuf.message import DecodeError

    event = _message_classes()["Event"]
    records, damage = _records(data)
    scalars: list[Scalar] = []
    for record in records:
        if record.length > _MAX_RECORD_BYTES:
            continue
        try:
            message = event.FromString(data[record.start : record.start + record.length])
        except DecodeError:
            return scalars, f"the record after {record.position:,} bytes is not an event"
        for value in message.summary.value:
            scalar = _scalar(value)
            if scalar is not None:
                scalars.append((value.tag, message.step, scalar))
    return scalars, damage


def _scalar(value: Any) -> float | None:
    """The number that torch writes as a simple value, and TensorFlow as a tensor."""
    if value.HasField("simple_value"):
        return float(value.simple_value)
    if not value.HasField("tensor"):
        return None
    if len(value.tensor.float_val) == 1:
        return float(value.tensor.float_val[0])
    content: bytes = value.tensor.content
    return float(struct.unpack("<f", content)[0]) if len(content) == 4 else None


@cache
def _message_classes() -> dict[str, Any]:
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="grok_tui/event.proto", package="grok_tui", syntax="proto2")
    for name, fields in _MESSAGES.items():
        message = file.message_type.add(name=name)
        for field_name, (number, kind, repeated) in fields.items():
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = message.field.add(name=field_name, number=number, label=label)
            if kind in _MESSAGES:
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".grok_tui.{kind}"
            else:
                field.type = kinds.Type.Value(kind)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    descriptors = {name: pool.FindMessageTypeByName(f"grok_tui.{name}") for name in _MESSAGES}
    return {name: message_factory.GetMessageClass(descriptor) for name, descriptor in descriptors.items()}


def _records(data: bytes) -> tuple[list[_Record], str | None]:
    """The complete records up to the first damaged one, and what is damaged."""
    records, position = [], 0
    while position + _HEADER_BYTES <= len(data):
        record = _Record(position, int.from_bytes(data[position : position + 8], "little"))
        if record.end > len(data):
            break  # still being written, unless its length is damaged
        records.append(record)
        position = record.end
    numbers = np.frombuffer(data, dtype=np.uint8)
    incomplete = position + _HEADER_BYTES <= len(data)
    headers = [record.position for record in records] + [position] * incomplete
    bad = [start for start, valid in zip(headers, _are_valid(numbers, headers, 8), strict=True) if not valid]
    for length, same in groupby(sorted(records, key=lambda record: record.length), key=lambda record: record.length):
        if length <= _MAX_RECORD_BYTES:
            starts = [record.start for record in same]
            valid = _are_valid(numbers, starts, length)
            bad += [start - _HEADER_BYTES for start, is_valid in zip(starts, valid, strict=True) if not is_valid]
    if not bad:
        return records, None
    return [record for record in records if record.position < min(bad)], f"it is damaged after {min(bad):,} bytes"


def _are_valid(data: Bytes, starts: Sequence[int], length: int) -> NDArray[np.bool_]:
    """Whether the `length` bytes at each start are followed by their checksum. [start]"""
    places = np.array(starts, dtype=np.int64)
    stored = sum(data[places + length + byte].astype(np.uint32) << (8 * byte) for byte in range(4))
    return np.asarray(_masked_crc32c(data[places + place] for place in range(length)) == stored)


def _masked_crc32c(columns: Iterable[Bytes]) -> NDArray[np.uint32]:
    """The checksums of TensorFlow's records, CRC-32C rotated and shifted, of many records at once. [record]

    >>> hex(_masked_crc32c(np.frombuffer(b"123456789", dtype=np.uint8)[:, None])[0])
    '0xc78ab0e5'
    """
    crc = np.array(0xFFFFFFFF, dtype=np.uint32)
    for column in columns:
        crc = _CRC_TABLE[(crc ^ column) & 0xFF] ^ (crc >> np.uint32(8))
    crc = crc ^ np.uint32(0xFFFFFFFF)
    rotated = (crc >> np.uint32(15)) | (crc << np.uint32(17))
    return np.asarray(rotated + np.uint32(0xA282EAD8), dtype=np.uint32)


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
    return byte


_CRC_TABLE = np.array([_crc_of_byte(byte) for byte in range(256)], dtype=np.uint32)
