"""`losses.csv` of a native run: epoch, train and test loss; rows are appended while it is being read."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from engine.errors import UnreadableRun
from engine.runs.atomic_files import append, truncate
from engine.runs.folder_snapshot import PrefixDigest
from engine.runs.loss_table import ascending, parse_rows
from engine.runs.run import RecordedLosses
from engine.runs.torch_format.checkpoint_file import read_bytes

_HEADER = "epoch,train_loss,test_loss\n"
_EXPECTED = f"expected a text file with the header {_HEADER.strip()}"
_MOST_BYTES = 1 << 30

LossRow = tuple[int, float | None, float | None]  # epoch, train, test; None: not measured


def append_losses(run: Path, rows: Iterable[LossRow]) -> None:
    """Append rows to a run's `losses.csv`, with its header if the file is new; floats as they are (repr)."""
    path = run / "losses.csv"
    header = _HEADER if not path.exists() or path.stat().st_size == 0 else ""
    append(path, (header + _lines(rows)).encode("ascii"))


def losses_as_csv(losses: RecordedLosses) -> bytes:
    """A whole `losses.csv`."""
    recorded = zip(losses.epochs, losses.train, losses.test, strict=True)
    return (_HEADER + _lines((int(one), _known(train), _known(test)) for one, train, test in recorded)).encode("ascii")


def _lines(rows: Iterable[LossRow]) -> str:
    return "".join(f"{epoch},{_number(train)},{_number(test)}\n" for epoch, train, test in rows)


def _number(value: float | None) -> str:
    return "" if value is None else repr(value)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def truncate_losses(run: Path, epoch: int) -> LossRow:
    """Take back all that `losses.csv` holds after an epoch, a torn last line too; returns that epoch's row.

    Raises:
        UnreadableRun: it does not hold a whole line for every epoch from 0 on.
    """
    path = run / "losses.csv"
    data = path.read_bytes() if path.exists() else b""
    lines = data.splitlines(keepends=True)[: epoch + 2]
    found = [line.partition(b",")[0] for line in lines if line.endswith(b"\n")]
    if found != [b"epoch", *(b"%d" % number for number in range(epoch + 1))]:
        raise UnreadableRun(
            f"{path} does not hold the losses of every epoch to {epoch:,}, where training would go on; "
            "restore it, or train into a new folder."
        )
    _, train, test = map(_known, parse_rows(path, lines[-1], first_line=len(lines))[0])
    kept = sum(map(len, lines))
    if kept < len(data):
        truncate(path, kept)
    return epoch, train, test


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
    return RecordedLosses(epochs.astype(np.int64), train.copy(), test.copy(), PrefixDigest.of(whole))


def _require_header(path: Path, line: bytes) -> None:
    if line.strip() not in (b"", _HEADER.strip().encode()):
        raise UnreadableRun(f"{path}, line 1: found {line[:40]!r}, {_EXPECTED}.")
