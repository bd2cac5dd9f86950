"""The recognised columns of a CSV file, whatever its delimiter and other columns."""

from __future__ import annotations

import pytest

from engine.runs.losses.columns import InvalidColumns
from engine.runs.losses.csv_columns import csv_columns


@pytest.mark.parametrize(
    "data",
    [
        b"step,lr,loss\n0,0.1,2\n5,0.1,1\n",
        b"step;lr;loss\n0;0,1;2\n5;0,1;1\n",
        b"step\tlr\tloss\n0\t0.1\t2\n5\t0.1\t1\n",
        b'\xef\xbb\xbf"step", "lr", "loss"\r\n0, "a, b", 2\r\n\r\n5, 0.1, 1\r\n',
        b"step|lr|loss\n0|0.1|2\n5|0.1|1\n",
        b"step lr loss\n0 0.1 2\n5 0.1 1\n",
        b"# run 7\n# adam\nstep,lr,loss\n0,0.1,2\n5,0.1,1\n",
        b"\n\nstep,lr,loss\n0,0.1,2\nstep,lr,loss\n5,0.1,1",
    ],
)
def test_recognised_columns(data):
    assert csv_columns(data, may_grow=False) == {"step": ["0", "5"], "loss": ["2", "1"]}


def test_decimal_commas():
    assert csv_columns(b"step;loss\n0;2,5\n5;1e-3\n", may_grow=False)["loss"] == ["2.5", "1e-3"]


def test_rows_of_several_splits():
    columns = csv_columns(b"epoch,phase,loss\n0,train,2\n0,val,3\n", may_grow=False)
    assert columns == {"epoch": ["0", "0"], "train/loss": ["2", None], "val/loss": [None, "3"]}


def test_a_row_that_ends_early_lacks_its_last_values():
    assert csv_columns(b"step,loss,acc\n0,2,1\n5,1\n", may_grow=False)["acc"] == ["1", None]


def test_an_incomplete_last_line_of_a_growing_file_is_ignored():
    data = b"step,loss\n0,2.5\n5,1.2"
    assert csv_columns(data, may_grow=True)["loss"] == ["2.5"]
    assert csv_columns(data, may_grow=False)["loss"] == ["2.5", "1.2"]


@pytest.mark.parametrize("data", [b"", b"\n", b"loss", b"# nothing yet\n"])
def test_without_a_header_or_rows_there_is_nothing(data):
    assert not any(csv_columns(data, may_grow=False).values())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"step,loss\n0,\xff\n", r"^it is not UTF-8 text \(byte 12\)$"),
        (b"step,loss\n0,1\n\n5,1,2\n", r"^line 4 has 3 cells, expected 2$"),
        (b"a,b\n1,2\n", r"^none of its columns \(a, b\) has a usual name such as train_loss$"),
        (b"0,4.7\n1,4.6\n", r"^none of its columns \(0, 4.7\) has"),
        (b"step,loss\n0,\0\n", r"^it contains zero bytes$"),
        (b"step,loss\n0," + b"1" * 200_000, r"^line 2 is not CSV \(field larger than field limit"),
    ],
)
def test_anything_else_is_refused(data, message):
    with pytest.raises(InvalidColumns, match=message):
        csv_columns(data, may_grow=False)
