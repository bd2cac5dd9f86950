"""`losses.csv` as others may leave it: read, or refused with the line that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UnreadableRun
from engine.runs.losses_csv import read_losses


def table(path: Path, rows: bytes, header: str = "epoch,train_loss,test_loss\n") -> Path:
    file = path / "losses.csv"
    file.write_bytes(header.encode() + rows)
    return file


def test_rows_are_read_and_what_was_not_measured_is_nan(tmp_path):
    losses = read_losses(table(tmp_path, b"0,2.5,3.0\n1,1e-7,\n2,,nan\n"))
    assert losses is not None
    assert losses.epochs.tolist() == [0, 1, 2]
    assert (losses.at(0), losses.at(1), losses.at(2)) == ((2.5, 3.0), (1e-7, None), (None, None))


@pytest.mark.parametrize("rows", [b"", b"0,1.0", b"\n\n"])
def test_a_table_without_a_whole_row_is_none(tmp_path, rows):
    assert read_losses(table(tmp_path, rows)) is None


def test_a_last_line_that_is_still_being_written_is_not_there_yet(tmp_path):
    losses = read_losses(table(tmp_path, b"0,1.0,2.0\n1,0.5,0."))
    assert losses is not None
    assert losses.epochs.tolist() == [0]


def test_lines_of_windows_are_read(tmp_path):
    losses = read_losses(table(tmp_path, b"0,1.0,\r\n10,0.5,0.25\r\n", "epoch,train_loss,test_loss\r\n"))
    assert losses is not None
    assert losses.at(10) == (0.5, 0.25)


def test_of_an_epoch_that_is_there_twice_the_later_row_counts(tmp_path):
    losses = read_losses(table(tmp_path, b"5,1,1\n0,2,2\n5,3,3\n"))
    assert losses is not None
    assert losses.epochs.tolist() == [0, 5]
    assert losses.at(5) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (b"1,2", "b'1,2'"),
        (b"1,2,3,4", "b'1,2,3,4'"),
        (b"1.5,2,3", "b'1.5,2,3'"),
        (b"-1,2,3", "b'-1,2,3'"),
        (b"1" * 30 + b",2,3", "b'1111"),
        (b"nan,2,3", "b'nan,2,3'"),
        (b",2,3", "b'nan,2,3'|b',2,3'"),
        (b"x,2,3", "b'x,2,3'"),
        (b"1,\x1b[2J,3", r"b'1,\\x1b\[2J,3'"),
        (b"\xff\xfe1,2,3", r"b'\\xff\\xfe1,2,3'"),
        (b"1,2,\x00", r"b'1,2,\\x00'"),
        (b'"1",2,3', "b'\"1\",2,3'"),
        (b"x" * 10**6, "b'xxxx"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_line(tmp_path, row, shown):
    path = table(tmp_path, b"0,1.0,2.0\n" + row + b"\n3,1.0,2.0\n")
    with pytest.raises(UnreadableRun, match=rf"losses\.csv, line 3: found ({shown}).*expected epoch") as refused:
        read_losses(path)
    assert re.fullmatch(r"[ -~]{1,400}", str(refused.value))


@pytest.mark.parametrize("header", ["", "epoch,loss\n", "\ufeffepoch,train_loss,test_loss\n", "x" * 10**6 + "\n"])
def test_another_header_is_told(tmp_path, header):
    with pytest.raises(UnreadableRun, match=r"line 1: found .* expected a text file with the header epoch"):
        read_losses(table(tmp_path, b"0,1.0,2.0\n", header))


def test_the_wrong_line_is_found_in_a_later_block(tmp_path, monkeypatch):
    monkeypatch.setattr("engine.runs.losses_csv._BLOCK_BYTES", 100)
    rows = b"".join(b"%d,1.0,2.0\n" % epoch for epoch in range(200))
    losses = read_losses(table(tmp_path, rows))
    assert losses is not None
    assert np.array_equal(losses.epochs, np.arange(200))
    with pytest.raises(UnreadableRun, match="line 102: found b'wrong'"):
        read_losses(table(tmp_path, rows.replace(b"\n100,1.0,2.0\n", b"\nwrong\n")))
