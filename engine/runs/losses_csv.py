"""`losses.csv` of a native run: epoch, train and test loss; rows are appended while it is being read."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engine.errors import UnreadableRun
from engine.runs.files import require_regular_file
from engine.runs.run import RecordedLosses
from engine.runs.sightings import Beginning

_HEADER = "epoch,train_loss,test_loss\n"

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

    Of a file that goes on where `before` was read only what is new is parsed; one with nothing new gives `before`.

    Raises:
        UnreadableRun: a line that is no row.
    """
    if not path.exists():
        return None
    require_regular_file(path)
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if before is not None and before.source is not None and before.source.begins(whole):
        start = before.source.length
    else:
        before, start = None, whole.find(b"\n") + 1
    rows = _rows(path, whole[start:], first_line=whole.count(b"\n", 0, start) + 1)
    if not rows:
        return before
    epochs, train, test = (np.array(column) for column in zip(*sorted(rows), strict=True))
    if before is not None:
        epochs = np.concatenate([before.epochs, epochs])
        train, test = np.concatenate([before.train, train]), np.concatenate([before.test, test])
        order = np.argsort(epochs, kind="stable")
        epochs, train, test = epochs[order], train[order], test[order]
    return RecordedLosses(epochs, train, test, Beginning.of(whole))


def _rows(path: Path, text: bytes, first_line: int) -> list[tuple[int, float, float]]:
    lines = text.decode("utf-8", errors="replace").splitlines(keepends=True)
    rows: list[tuple[int, float, float]] = []
    for number, cells in enumerate(csv.reader(lines), start=first_line):
        try:
            epoch, train, test = cells
            rows.append((int(epoch), float(train or "nan"), float(test or "nan")))
        except ValueError as error:
            raise UnreadableRun(f"{path}, line {number}: expected epoch,train_loss,test_loss ({error}).") from error
    return rows
