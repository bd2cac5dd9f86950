"""Event files, written by the definition of their format: no package that writes them is needed."""

from __future__ import annotations

import struct


def event_file(*events: bytes) -> bytes:
    """A file of events in records, after the event that names the version of the format."""
    version = b"\x1a\x0dbrain.Event:2"  # field 3, a text of 13 bytes
    return b"".join(map(record, (version, *events)))


def record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + checksum(length) + data + checksum(data)


def checksum(data: bytes) -> bytes:
    """The CRC-32C, bit by bit, rotated and shifted."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF)


def simple_event(tag: str, step: int, value: float) -> bytes:
    """An event with a scalar as torch writes it: step, summary {value {tag, simple_value}}."""
    return _event(step, _field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))


def tensor_event(tag: str, step: int, value: float) -> bytes:
    """An event with a scalar as TensorFlow writes it: step, summary {value {tag, tensor {dtype, content}}}."""
    return _event(step, _field(1, tag.encode()) + _field(8, b"\x08\x01" + _field(4, struct.pack("<f", value))))


def _event(step: int, value: bytes) -> bytes:
    wall_time = b"\x09" + struct.pack("<d", 1.7e9)
    return wall_time + b"\x10" + _varint(step) + _field(5, _field(1, value))


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes((*out, number))
