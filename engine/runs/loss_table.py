"""Rows of `epoch,train_loss,test_loss`, parsed in blocks so that millions of them take seconds."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import UnreadableRun

_BLOCK_BYTES = 8 << 20
_LAST_EPOCH = 2**53

Rows = NDArray[np.float64]  # [row, 3]: epoch, train loss, test loss


def parse_rows(path: Path, text: bytes, first_line: int) -> Rows:
    """The rows in whole lines, the first of which is that line of the file; a loss that is empty is NaN.

    Raises:
        UnreadableRun: a line that is no row.
    """
    blocks = [_rows(block, line, path) for block, line in _blocks(text, first_line)]
    return np.concatenate([np.empty((0, 3)), *blocks])


def ascending(rows: Rows) -> Rows:
    """The rows by epoch, and of those of one epoch the last."""
    # `unique` keeps the first of equals: of the rows the other way round.
    _, places = np.unique(rows[::-1, 0], return_index=True)
    return rows[::-1][places]


def _blocks(text: bytes, line: int) -> Iterator[tuple[bytes, int]]:
    """Stretches of whole lines, and the number of the first line in each."""
    at = 0
    while at < len(text):
        end = text.find(b"\n", at + _BLOCK_BYTES) + 1 or len(text)
        yield text[at:end], line
        line += text.count(b"\n", at, end)
        at = end


def _rows(block: bytes, line: int, path: Path) -> Rows:
    filled = block.replace(b"\r\n", b"\n").replace(b",,", b",nan,").replace(b",\n", b",nan\n")
    if not filled.strip():
        return np.empty((0, 3))
    try:
        rows = np.loadtxt(io.StringIO(filled.decode("ascii")), delimiter=",", comments=None, ndmin=2)
    except ValueError:
        rows = np.empty((0, 0))
    if rows.shape[1] == 3 and _are_epochs(rows[:, 0]):
        return rows
    raise UnreadableRun(_first_bad(filled, line, path))


def _are_epochs(epochs: NDArray[np.float64]) -> bool:
    return bool(((epochs >= 0) & (epochs < _LAST_EPOCH) & (epochs == np.floor(epochs))).all())


def _first_bad(block: bytes, line: int, path: Path) -> str:
    for number, row in enumerate(block.split(b"\n"), start=line):
        cells = row.split(b",")
        try:
            epoch, _, _ = map(float, cells)
            whole = 0 <= epoch < _LAST_EPOCH and epoch.is_integer()
        except ValueError:
            whole = False
        if not whole and row:
            return f"{path}, line {number}: found {row[:40]!r}, expected epoch,train_loss,test_loss."
    return f"{path}, line {line} or after: expected epoch,train_loss,test_loss."
