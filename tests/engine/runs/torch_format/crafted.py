"""Crafted files: pickles assembled opcode by opcode, and the containers around them."""

from __future__ import annotations

import io
import json
import struct
import zipfile

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
PROTOCOL = b"\x80\x02M\xe9\x03."
SYSTEM = b"\x80\x02}(X\x0d\x00\x00\x00little_endian\x88u."


def text(value: str) -> bytes:
    """Push a text."""
    data = value.encode(errors="surrogateescape")
    return b"X" + struct.pack("<I", len(data)) + data


def name(dotted: str) -> bytes:
    """Push a global."""
    module, _, last = dotted.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def dict_of(**items: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def count(value: int) -> bytes:
    """Push an integer."""
    return b"\x8a\x10" + value.to_bytes(16, "little", signed=True)


def counts(*values: int) -> bytes:
    """Push a tuple of integers."""
    return b"(" + b"".join(map(count, values)) + b"t"


def storage(key: str, numel: int, kind: str = "FloatStorage") -> bytes:
    """Push a storage."""
    return b"(" + text("storage") + name(f"torch.{kind}") + text(key) + text("cpu") + count(numel) + b"tQ"


def tensor(pushed_storage: bytes, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """Push a tensor over a storage."""
    rest = count(offset) + counts(*size) + counts(*stride) + b"\x89}"
    return name("torch._utils._rebuild_tensor_v2") + b"(" + pushed_storage + rest + b"tR"


def program(opcodes: bytes) -> bytes:
    return b"\x80\x02" + opcodes + b"."


def archive(opcodes: bytes, storages: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED) -> bytes:
    """The zip container of torch.save, around any program."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        file.writestr("archive/data.pkl", program(opcodes))
        file.writestr("archive/byteorder", "little")
        for key, data in (storages or {}).items():
            file.writestr(f"archive/data/{key}", data)
        file.writestr("archive/version", "3\n")
    return out.getvalue()


def legacy(opcodes: bytes, keys: bytes = b"].", storages: bytes = b"") -> bytes:
    """The older container of torch.save."""
    return MAGIC + PROTOCOL + SYSTEM + program(opcodes) + b"\x80\x02" + keys + storages


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file with any header, given as bytes or as the value of its JSON."""
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded) if length is None else length) + encoded + data
