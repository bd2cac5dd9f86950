"""`losses.csv` of any writer: read, or rejected with the number of the invalid line."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UnreadableRun
from engine.runs import losses_csv
from engine.runs.losses_csv import append_losses, losses_as_csv, read_losses, remove_last_test_loss, truncate_losses


def table(path: Path, rows: bytes, header: str = "epoch,train_loss,test_loss\n") -> Path:
    file = path / "losses.csv"
    file.write_bytes(header.encode() + rows)
    return file


def test_an_empty_cell_and_nan_are_not_measured(tmp_path):
    losses = read_losses(table(tmp_path, b"0,2.5,3.0\n1,1e-7,\n2,,nan\n"))
    assert losses is not None
    assert losses.epochs.tolist() == [0, 1, 2]
    assert (losses.at(0), losses.at(1), losses.at(2)) == ((2.5, 3.0), (1e-7, None), (None, None))


@pytest.mark.parametrize("rows", [b"", b"0,1.0", b"\n\n"])
def test_a_table_without_a_complete_row_is_none(tmp_path, rows):
    assert read_losses(table(tmp_path, rows)) is None


def test_an_incomplete_last_line_is_ignored(tmp_path):
    losses = read_losses(table(tmp_path, b"0,1.0,2.0\n1,0.5,0."))
    assert losses is not None
    assert losses.epochs.tolist() == [0]


def test_windows_line_ends_are_read(tmp_path):
    losses = read_losses(table(tmp_path, b"0,1.0,\r\n10,0.5,0.25\r\n", "epoch,train_loss,test_loss\r\n"))
    assert losses is not None
    assert losses.at(10) == (0.5, 0.25)


def test_the_later_of_two_rows_of_an_epoch_is_used(tmp_path):
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
def test_an_invalid_row_is_rejected_with_its_line(tmp_path, row, shown):
    path = table(tmp_path, b"0,1.0,2.0\n" + row + b"\n3,1.0,2.0\n")
    with pytest.raises(UnreadableRun, match=rf"losses\.csv, line 3: found ({shown}).*expected epoch") as rejected:
        read_losses(path)
    assert re.fullmatch(r"[ -~]{1,400}", str(rejected.value))


@pytest.mark.parametrize("header", ["", "epoch,loss\n", "\ufeffepoch,train_loss,test_loss\n", "x" * 10**6 + "\n"])
def test_another_header_is_rejected(tmp_path, header):
    with pytest.raises(UnreadableRun, match=r"line 1: found .* expected a text file with the header epoch"):
        read_losses(table(tmp_path, b"0,1.0,2.0\n", header))


def test_an_invalid_line_is_found_in_a_later_block(tmp_path, monkeypatch):
    monkeypatch.setattr(losses_csv, "BLOCK_BYTES", 100)
    rows = b"".join(b"%d,1.0,2.0\n" % epoch for epoch in range(200))
    losses = read_losses(table(tmp_path, rows))
    assert losses is not None
    assert np.array_equal(losses.epochs, np.arange(200))
    with pytest.raises(UnreadableRun, match="line 102: found b'wrong'"):
        read_losses(table(tmp_path, rows.replace(b"\n100,1.0,2.0\n", b"\nwrong\n")))


def test_appended_rows_are_read_back_exactly(tmp_path):
    append_losses(tmp_path, [(0, 1 / 3, None)])
    append_losses(tmp_path, [(1, None, 1e-20)])
    losses = read_losses(tmp_path / "losses.csv")
    assert losses is not None
    assert (losses.at(0), losses.at(1)) == ((1 / 3, None), (None, 1e-20))
    assert losses_as_csv(losses) == (tmp_path / "losses.csv").read_bytes()


def test_only_appended_rows_are_parsed_again(tmp_path):
    append_losses(tmp_path, [(0, 1.0, 2.0)])
    first = read_losses(tmp_path / "losses.csv")
    assert first is not None
    assert read_losses(tmp_path / "losses.csv", first) is first
    append_losses(tmp_path, [(1, 0.5, 1.5)])
    second = read_losses(tmp_path / "losses.csv", first)
    assert second is not None
    assert second.epochs.tolist() == [0, 1]
    assert (second.at(0), second.at(1)) == ((1.0, 2.0), (0.5, 1.5))


def test_losses_are_truncated_at_an_epoch(tmp_path):
    append_losses(tmp_path, [(0, 1.0, 2.0), (1, 0.5, None), (2, 0.25, 1.0)])
    with (tmp_path / "losses.csv").open("ab") as file:
        file.write(b"3,0.1")
    assert truncate_losses(tmp_path, 1) == (1, 0.5, None)
    assert (tmp_path / "losses.csv").read_text() == "epoch,train_loss,test_loss\n0,1.0,2.0\n1,0.5,\n"
    with pytest.raises(UnreadableRun, match="does not contain the loss of every epoch up to 2, where training would"):
        truncate_losses(tmp_path, 2)


def test_the_last_test_loss_is_removed(tmp_path):
    append_losses(tmp_path, [(0, 2.5, 3.0), (1, 0.5, 0.75)])
    for _ in range(2):
        remove_last_test_loss(tmp_path)
        assert (tmp_path / "losses.csv").read_text().splitlines()[1:] == ["0,2.5,3.0", "1,0.5,"]
