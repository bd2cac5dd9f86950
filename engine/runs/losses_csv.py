"""`losses.csv` of a native run: epoch, train and test loss; rows are appended while it is being read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engine.errors import UnreadableRun
from engine.runs.files import read_bytes
from engine.runs.loss_table import ascending, parse_rows
from engine.runs.run import RecordedLosses
from engine.runs.sightings import Beginning

_HEADER = "epoch,train_loss,test_loss\n"
_EXPECTED = f"expected a text file with the header {_HEADER.strip()}"
_MOST_BYTES = 1 << 30

LossRow = tuple[int, float | None, float | None]  # epoch, train, test; None: not measured


def append_losses(path: Path, rows: Iterable[LossRow]) -> None:
    """Append rows to the `losses.csv` of a run, with its header if the file is new; floats as they are (repr)."""
    file_path = path / "losses.csv"
    header = "" if file_path.exists() else _HEADER
    with file_path.open("a", encoding="ascii", newline="") as file:
        file.write(header + _lines(rows))
        file.flush()
        os.fsync(file.fileno())


def losses_as_csv(losses: RecordedLosses, last_epoch: int | None = None) -> bytes:
    """A whole `losses.csv`, up to an epoch if one is given."""
    kept = slice(None) if last_epoch is None else losses.epochs <= last_epoch
    recorded = zip(losses.epochs[kept], losses.train[kept], losses.test[kept], strict=True)
    return (_HEADER + _lines((int(one), _known(train), _known(test)) for one, train, test in recorded)).encode("ascii")


def _lines(rows: Iterable[LossRow]) -> str:
    return "".join(f"{epoch},{_number(train)},{_number(test)}\n" for epoch, train, test in rows)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def read_losses(path: Path, before: RecordedLosses | None = None) -> RecordedLosses | None:
    """Read `losses.csv`; a last line that is still being written is not there yet; None without the file.

    Epochs ascend, and of an epoch that is there twice the later row counts. An empty loss, or NaN, was not measured.
    Of a file that goes on where `before` was read only what is new is parsed; one with nothing new gives `before`.

    Raises:
        UnreadableRun: no file, no such table, or a line that is no row.
    """
    if not os.path.lexists(path):
        return None
    data = read_bytes(path, _EXPECTED, _MOST_BYTES)
    whole = data[: data.rfind(b"\n") + 1]
    if before is not None and before.source is not None and before.source.begins(whole):
        start = before.source.length
    else:
        before, start = None, whole.find(b"\n") + 1
        _require_header(path, whole[:start])
    rows = parse_rows(path, whole[start:], first_line=whole.count(b"\n", 0, start) + 1)
    if not len(rows):
        return before
    if before is not None:
        rows = np.concatenate([np.stack([before.epochs, before.train, before.test], axis=1), rows])
    epochs, train, test = ascending(rows).T
    return RecordedLosses(epochs.astype(np.int64), train.copy(), test.copy(), Beginning.of(whole))


def _require_header(path: Path, line: bytes) -> None:
    if line.strip() not in (b"", _HEADER.strip().encode()):
        raise UnreadableRun(f"{path}, line 1: found {line[:40]!r}, {_EXPECTED}.")
