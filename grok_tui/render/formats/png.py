"""Write images with few colours as PNG files."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COMPRESSION = 8
_INDEXED = 3
# The filters of a row: none, and the difference to the row above.
_NONE, _UP = 0, 2


def indexed_png(pixels: NDArray[np.uint8], colours: Sequence[str]) -> bytes:
    """A PNG file of pixels [row, column], indices of `colours` ("#rrggbb"); the index behind them is transparent."""
    height, width = pixels.shape
    palette = b"".join(bytes.fromhex(colour[1:]) for colour in (*colours, "#000000"))
    opacity = bytes([255] * len(colours) + [0])
    header = struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)
    data = zlib.compress(_filtered(pixels).tobytes(), _COMPRESSION)
    chunks = ((b"IHDR", header), (b"PLTE", palette), (b"tRNS", opacity), (b"IDAT", data), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, content) for name, content in chunks)


def _filtered(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The rows, each after the number of its filter: a row that is equal to the one above it is all zeros."""
    equal = np.zeros(len(pixels), dtype=bool)
    equal[1:] = (pixels[1:] == pixels[:-1]).all(axis=1)
    rows = np.zeros((len(pixels), pixels.shape[1] + 1), dtype=np.uint8)
    rows[:, 0] = np.where(equal, _UP, _NONE)
    rows[:, 1:] = np.where(equal[:, None], 0, pixels)
    return rows


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
