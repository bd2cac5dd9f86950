"""`losses.csv` of a native run: rows of `epoch,train_loss,test_loss`, appended during training.

It is parsed in blocks, so that millions of rows take seconds, and can be read while it is being written.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.absent import none_if_nan
from engine.errors import UnreadableRun
from engine.networks.training_config import Loss
from engine.runs.atomic_files import append, truncate, write_atomically
from engine.runs.epoch_names import MAX_EPOCH
from engine.runs.folder_snapshot import PrefixDigest
from engine.runs.run import RecordedLosses
from engine.runs.torch_format.checkpoint_file import read_bytes

_COLUMNS = "epoch,train_loss,test_loss"
_HEADER = f"{_COLUMNS}\n"
_EXPECTED = f"expected a text file with the header {_COLUMNS}"
_MAX_BYTES = 1 << 30
BLOCK_BYTES = 8 << 20

LossRow = tuple[int, float | None, float | None]  # epoch, train loss, test loss; None: not measured
Table = NDArray[np.float64]  # [row, (epoch, train loss, test loss)]; NaN: not measured


# Writing ------------------------------------------------------------------------------------------------------------


def append_losses(run: Path, rows: Iterable[LossRow]) -> None:
    """Append rows to a run's `losses.csv`, with the header if the file is new; floats are written exactly (repr)."""
    path = run / "losses.csv"
    header = _HEADER if not path.exists() or path.stat().st_size == 0 else ""
    append(path, (header + _lines(rows)).encode("ascii"))


def losses_as_csv(losses: RecordedLosses) -> bytes:
    """The content of a complete `losses.csv`."""
    columns = zip(losses.epochs, losses.train, losses.test, strict=True)
    rows = ((int(epoch), none_if_nan(train), none_if_nan(test)) for epoch, train, test in columns)
    return (_HEADER + _lines(rows)).encode("ascii")


def truncate_losses(run: Path, epoch: int) -> LossRow:
    """Remove everything after an epoch from `losses.csv`, including a torn last line; returns that epoch's row.

    Raises:
        UnreadableRun: the file does not have a complete line for every epoch from 0 on.
    """
    path = run / "losses.csv"
    data = path.read_bytes() if path.exists() else b""
    lines = data.splitlines(keepends=True)[: epoch + 2]
    labels = [line.partition(b",")[0] for line in lines if line.endswith(b"\n")]
    if labels != [b"epoch", *(b"%d" % number for number in range(epoch + 1))]:
        raise UnreadableRun(
            f"{path} does not contain the loss of every epoch up to {epoch:,}, where training would resume; "
            "restore it, or train into a new folder."
        )
    _, train, test = map(none_if_nan, _parse(path, lines[-1], first_line=len(lines))[0])
    size = sum(map(len, lines))
    if size < len(data):
        truncate(path, size)
    return epoch, train, test


def remove_last_test_loss(run: Path) -> None:
    """Leave the test loss of the last row of a complete `losses.csv` empty."""
    path = run / "losses.csv"
    data = path.read_bytes()
    write_atomically(path, data[: data.rfind(b",") + 1] + b"\n")


def _lines(rows: Iterable[LossRow]) -> str:
    return "".join(f"{epoch},{_cell(train)},{_cell(test)}\n" for epoch, train, test in rows)


def _cell(value: float | None) -> str:
    return "" if value is None else repr(value)


# Reading ------------------------------------------------------------------------------------------------------------


def read_losses(
    path: Path, previous: RecordedLosses | None = None, loss: Loss = "cross-entropy"
) -> RecordedLosses | None:
    """Read `losses.csv`, which holds `loss`; None if there is no file or no complete row.

    Rows are sorted by epoch, and the last row of an epoch wins. A last line without a newline is ignored: it may be
    incomplete. If the file has only been appended to since `previous` was read, only new rows are parsed; without new
    rows the result is `previous` itself.

    Raises:
        UnreadableRun: not a regular file, another header, or an invalid line.
    """
    if not os.path.lexists(path):
        return None
    data = read_bytes(path, _EXPECTED, _MAX_BYTES)
    complete = data[: data.rfind(b"\n") + 1]
    if previous is not None and previous.digest is not None and previous.digest.is_prefix_of(complete):
        start = previous.digest.length
    else:
        previous, start = None, complete.find(b"\n") + 1
        _require_header(path, complete[:start])
    rows = _parse(path, complete[start:], first_line=complete.count(b"\n", 0, start) + 1)
    if not len(rows):
        return previous
    if previous is not None:
        rows = np.concatenate([np.stack([previous.epochs, previous.train, previous.test], axis=1), rows])
    epochs, train, test = _last_row_of_each_epoch(rows).T
    return RecordedLosses(
        epochs.astype(np.int64),
        train.copy(),
        test.copy(),
        source=path.name,
        digest=PrefixDigest.of(complete),
        loss=loss,
    )


def _require_header(path: Path, line: bytes) -> None:
    if line.strip() not in (b"", _COLUMNS.encode()):
        raise UnreadableRun(f"{path}, line 1: found {line[:40]!r}, {_EXPECTED}.")


def _last_row_of_each_epoch(rows: Table) -> Table:
    reverse = rows[::-1]
    _, places = np.unique(reverse[:, 0], return_index=True)  # sorted, with the first place of each
    return reverse[places]


def _parse(path: Path, text: bytes, first_line: int) -> Table:
    """Parse complete lines, of which the first is number `first_line` of the file."""
    blocks = [_parse_block(block, line, path) for block, line in _blocks(text, first_line)]
    return np.concatenate([np.empty((0, 3)), *blocks])


def _blocks(text: bytes, line: int) -> Iterator[tuple[bytes, int]]:
    """Blocks of complete lines, each with the number of its first line."""
    start = 0
    while start < len(text):
        end = text.find(b"\n", start + BLOCK_BYTES) + 1 or len(text)
        yield text[start:end], line
        line += text.count(b"\n", start, end)
        start = end


def _parse_block(block: bytes, line: int, path: Path) -> Table:
    filled = block.replace(b"\r\n", b"\n").replace(b",,", b",nan,").replace(b",\n", b",nan\n")
    if not filled.strip():
        return np.empty((0, 3))
    try:
        rows = np.loadtxt(io.StringIO(filled.decode("ascii")), delimiter=",", comments=None, ndmin=2)
    except ValueError:
        rows = np.empty((0, 0))
    if rows.shape[1] == 3 and _are_epochs(rows[:, 0]):
        return rows
    raise UnreadableRun(_first_invalid_line(filled, line, path))


def _are_epochs(epochs: NDArray[np.float64]) -> bool:
    return bool(((epochs >= 0) & (epochs < MAX_EPOCH) & (epochs == np.floor(epochs))).all())


def _first_invalid_line(block: bytes, line: int, path: Path) -> str:
    for number, row in enumerate(block.split(b"\n"), start=line):
        try:
            epoch, _, _ = map(float, row.split(b","))
            valid = 0 <= epoch < MAX_EPOCH and epoch.is_integer()
        except ValueError:
            valid = False
        if not valid and row:
            return f"{path}, line {number}: found {row[:40]!r}, expected {_COLUMNS}."
    return f"{path}, at or after line {line}: expected {_COLUMNS}."
