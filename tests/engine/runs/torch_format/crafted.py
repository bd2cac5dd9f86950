"""Files that no honest program writes: pickles put together operation by operation, and the containers around them."""

from __future__ import annotations

import io
import json
import struct
import zipfile

MAGIC = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
PROTOCOL = b"\x80\x02M\xe9\x03."
SYSTEM = b"\x80\x02}(X\x0d\x00\x00\x00little_endian\x88u."


def text(value: str) -> bytes:
    """The operation that pushes a text."""
    data = value.encode(errors="surrogateescape")
    return b"X" + struct.pack("<I", len(data)) + data


def name(dotted: str) -> bytes:
    """The operation that pushes what a name stands for."""
    module, _, last = dotted.rpartition(".")
    return f"c{module}\n{last}\n".encode()


def dict_of(**items: bytes) -> bytes:
    return b"}(" + b"".join(text(key) + value for key, value in items.items()) + b"u"


def count(value: int) -> bytes:
    """The operation that pushes a whole number."""
    return b"\x8a\x10" + value.to_bytes(16, "little", signed=True)


def counts(*values: int) -> bytes:
    """The operations that push a tuple of whole numbers."""
    return b"(" + b"".join(map(count, values)) + b"t"


def storage(key: str, numel: int, kind: str = "FloatStorage") -> bytes:
    """The operations that push stored numbers."""
    return b"(" + text("storage") + name(f"torch.{kind}") + text(key) + text("cpu") + count(numel) + b"tQ"


def tensor(stored: bytes, offset: int, size: tuple[int, ...], stride: tuple[int, ...]) -> bytes:
    """The operations that push a tensor."""
    rest = count(offset) + counts(*size) + counts(*stride) + b"\x89}"
    return name("torch._utils._rebuild_tensor_v2") + b"(" + stored + rest + b"tR"


def program(operations: bytes) -> bytes:
    return b"\x80\x02" + operations + b"."


def archive(
    operations: bytes, storages: dict[str, bytes] | None = None, compression: int = zipfile.ZIP_STORED
) -> bytes:
    """What torch.save writes today, around any program."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as file:
        file.writestr("archive/data.pkl", program(operations))
        file.writestr("archive/byteorder", "little")
        for key, data in (storages or {}).items():
            file.writestr(f"archive/data/{key}", data)
        file.writestr("archive/version", "3\n")
    return out.getvalue()


def legacy(operations: bytes, keys: bytes = b"].", behind: bytes = b"") -> bytes:
    """What torch.save wrote before it wrote zips."""
    return MAGIC + PROTOCOL + SYSTEM + program(operations) + b"\x80\x02" + keys + behind


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file with any header, given as JSON's text or as what it says."""
    written = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(written) if length is None else length) + written + data
