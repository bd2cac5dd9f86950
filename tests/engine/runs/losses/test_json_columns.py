"""Histories in JSON: dicts of lists, lists of dicts, dicts keyed by epochs, and one object a line."""

from __future__ import annotations

import json

import pytest

from engine.runs.losses.columns import InvalidColumns
from engine.runs.losses.json_columns import json_columns, json_lines_columns

COLUMNS = {"epoch": [0, 10], "train_loss": [2.0, 1.0]}


@pytest.mark.parametrize(
    ("history", "columns"),
    [
        ({"epoch": [0, 10], "train_loss": [2.0, 1.0], "lr": 1e-3}, COLUMNS),
        ([{"epoch": 0, "train_loss": 2.0}, {"epoch": 10, "train_loss": 1.0, "note": "end"}], COLUMNS),
        ({"0": {"train_loss": 2.0}, "10": {"train_loss": 1.0}}, {"epoch": ["0", "10"], "train_loss": [2.0, 1.0]}),
        ({"train_loss": [2.0, 1.0]}, {"train_loss": [2.0, 1.0]}),
        ({"history": {"loss": [2.0], "val_loss": [3.0]}}, {"history/loss": [2.0], "history/val_loss": [3.0]}),
        ({"train": {"loss": [2.0]}, "model": {"loss": [7.0]}}, {"train/loss": [2.0]}),
        (
            {"log_history": [{"loss": 2.0, "step": 5}, {"eval_loss": 3.0, "step": 5}], "global_step": 5},
            {
                "log_history/loss": [2.0, None],
                "log_history/step": [5, 5],
                "log_history/eval_loss": [None, 3.0],
                "global_step": 5,
            },
        ),
        ("text", {}),
        ([], {}),
        ({}, {}),
    ],
)
def test_shapes_of_histories(history, columns):
    assert json_columns(json.dumps(history).encode()) == columns


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 5000, "[1]".encode("utf-16")])
def test_what_is_not_json_is_refused(data):
    with pytest.raises(InvalidColumns, match=r"^it is not JSON \("):
        json_columns(data)


def test_one_object_a_line():
    data = b'{"_step": 0, "loss": 2.0}\n\n{"_step": 5, "loss": 1.0}'
    assert json_lines_columns(data) == ({"_step": [0, 5], "loss": [2.0, 1.0]}, None)


def test_lines_that_are_not_json_are_skipped_with_a_warning():
    data = b'{"loss": 2.0}\noops\n[1]\n{"loss": 1.0}\n{"los'
    assert json_lines_columns(data) == ({"loss": [2.0, 1.0]}, "line 2 was skipped: not JSON")
    assert json_lines_columns(b'a\nb\n{"loss": 2.0}\n')[1] == "line 1 and 1 more was skipped: not JSON"
    with pytest.raises(InvalidColumns, match="no line of it is JSON"):
        json_lines_columns(b"a\nb\n")
