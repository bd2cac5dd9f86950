"""Encode pixels as Sixel graphics (DEC VT340 Programmer Reference, chapter 14).

An image is drawn in bands of six rows of pixels, each band one colour after the other. Later colours cover earlier
ones, so a pixel may first get any colour that comes before its own: this makes runs of equal columns longer and fewer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIXEL_ROWS = 6
_BITS = (1 << np.arange(SIXEL_ROWS)).astype(np.uint8)
_FIRST = 63  # the character of a column without pixels
# A run of so many columns is written as columns; a longer one as a repeat count.
_LONGEST_LITERAL = 3
_UNPAINTED = 255


@dataclass(frozen=True)
class SixelRuns:
    """Runs of equal columns, in the order in which they are painted. `size` is the number of bytes that they take.

    A run of `lengths` columns has the pixels `columns` (six bits) in the colour `registers` of the band `bands`.
    `levels` are the colours of the registers.
    """

    bands: NDArray[np.intp]
    registers: NDArray[np.intp]
    columns: NDArray[np.uint8]
    lengths: NDArray[np.intp]
    levels: NDArray[np.intp]
    size: int


def sixel_runs(pixels: NDArray[np.uint8], count: int) -> SixelRuns:
    """The runs that draw the pixels [row, column] with a value below `count`; all others are transparent."""
    starts = _starts_of_columns(pixels)
    narrow = np.where(pixels[:, starts] < count, pixels[:, starts], count)
    used = np.bincount(narrow.ravel(), minlength=count + 1)[:count]
    levels = np.argsort(-used, kind="stable")[: np.count_nonzero(used)]  # the commonest first
    register = np.full(count + 1, _UNPAINTED, dtype=np.uint8)
    register[levels] = np.arange(len(levels))
    required, allowed, bands, registers = _lines(register[narrow], len(levels))
    columns, first = _fewest_runs(required, allowed)
    line, start = np.nonzero(first)
    ends = np.append(start[1:], 0)
    ends[np.append(line[1:] != line[:-1], True)] = len(starts)
    edges = np.append(starts, pixels.shape[1])
    lengths = edges[ends[: len(line)]] - edges[start]
    values = columns[line, ends[: len(line)] - 1]
    shown = (values != 0) | (ends[: len(line)] < len(starts))  # drop a transparent run at the end of a line
    runs = SixelRuns(bands[line][shown], registers[line][shown], values[shown], lengths[shown], levels, 0)
    return SixelRuns(runs.bands, runs.registers, runs.columns, runs.lengths, levels, _size(runs))


def sixel_text(runs: SixelRuns, colours: Sequence[str], shape: tuple[int, int]) -> str:
    """The sequence that draws the runs of an image of `shape` (rows, columns) at the cursor; empty without runs.

    Pixels outside the runs are transparent. `colours` are "#rrggbb".
    """
    if not len(runs.bands):
        return ""
    parts = [_header(runs, colours, shape)]
    names: dict[int, str] = {}
    before = (0, -1)
    keys = (runs.lengths << 8 | runs.columns).tolist()
    for band, register, key in zip(runs.bands.tolist(), runs.registers.tolist(), keys, strict=True):
        if (band, register) != before:
            parts.append("-" * (band - before[0]) or ("$" if before[1] >= 0 else ""))
            parts.append(f"#{register}")
            before = band, register
        name = names.get(key)
        if name is None:
            name = names[key] = _run_text(key >> 8, chr(_FIRST + (key & 255)))
        parts.append(name)
    return "".join([*parts, "\x1b\\"])


def _starts_of_columns(pixels: NDArray[np.uint8]) -> NDArray[np.intp]:
    """The columns that differ from the one before."""
    first = np.ones(pixels.shape[1], dtype=bool)
    first[1:] = (pixels[:, 1:] != pixels[:, :-1]).any(axis=0)
    return np.flatnonzero(first)


def _lines(
    registers: NDArray[np.uint8], count: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.intp], NDArray[np.intp]]:
    """One line for each colour of each band.

    Returns the pixels [line, column] of the colour, those that it may cover, and the band and register of each line.
    """
    height, width = registers.shape
    bands = -(-height // SIXEL_ROWS)
    padded = np.full((bands * SIXEL_ROWS, width), _UNPAINTED, dtype=np.uint8)
    padded[:height] = registers
    # In [band, row, column]: a bit for the row.
    padded = padded.reshape(bands, SIXEL_ROWS, width)
    bits = np.where(padded == _UNPAINTED, 0, _BITS[None, :, None]).astype(np.uint8)
    own = np.zeros((bands, count, width), dtype=np.uint8)
    for row in range(SIXEL_ROWS):
        for register in range(count):
            own[:, register] |= np.where(padded[:, row] == register, bits[:, row], 0).astype(np.uint8)
    later = np.bitwise_or.accumulate(own[:, ::-1], axis=1)[:, ::-1]
    band_of, register_of = np.nonzero(own.any(axis=2))
    return own[band_of, register_of], later[band_of, register_of], band_of, register_of


def _fewest_runs(
    required: NDArray[np.uint8], allowed: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Split the lines into the fewest runs: the pixels [line, column], valid at the last column of each run, and the
    columns where a run starts.

    A run continues as long as the pixels that it must draw are allowed in all its columns.
    """
    must, may = required.T.copy(), allowed.T.copy()
    first = np.zeros(must.shape, dtype=bool)
    first[:1] = True
    for column in range(1, len(must)):
        joined, common = must[column - 1] | must[column], may[column - 1] & may[column]
        ends = (joined & ~common) != 0
        first[column] = ends
        must[column] = np.where(ends, must[column], joined)
        may[column] = np.where(ends, may[column], common)
    return must.T, first.T


def _size(runs: SixelRuns) -> int:
    """The approximate number of bytes of the runs, without the header."""
    digits = 1 + np.floor(np.log10(np.maximum(runs.lengths, 1))).astype(np.intp)
    written = np.where(runs.lengths <= _LONGEST_LITERAL, runs.lengths, digits + 2)
    changed = np.diff(runs.bands * 256 + runs.registers, prepend=-1) != 0
    return int(written.sum() + 3 * changed.sum() + (runs.registers[changed] > 9).sum())


def _header(runs: SixelRuns, colours: Sequence[str], shape: tuple[int, int]) -> str:
    """The header: transparent background, square pixels, the size, the colours in per cent."""
    defined = [
        f"#{register};2;" + ";".join(str(percent) for percent in _percent(colours[level]))
        for register, level in enumerate(runs.levels.tolist())
    ]
    return f'\x1bP0;1q"1;1;{shape[1]};{shape[0]}' + "".join(defined)


def _percent(colour: str) -> list[int]:
    return [round(value * 100 / 255) for value in bytes.fromhex(colour[1:])]


def _run_text(length: int, character: str) -> str:
    return character * length if length <= _LONGEST_LITERAL else f"!{length}{character}"
