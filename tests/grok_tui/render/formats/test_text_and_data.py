"""Exports can be read by a terminal, a CSV reader and a JSON parser."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np

from grok_tui.render.cells import Drawing, Span, Style
from grok_tui.render.formats.text_and_data import to_ansi, to_csv, to_json, to_text
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import DARK
from grok_tui.render.table import Column, Table

X = np.arange(113) * 2 * np.pi / 113
WAVE = heatmap(np.cos(X[:, None] + X[None, :]), 60, 20, DARK, x_label="x", y_label="y")
TABLE = Table((Column("epoch"), Column("loss"), Column("note")), ((0, 1 / 3, "a,b"), (100, float("nan"), None)))


def test_ansi_without_its_sequences_is_the_text():
    ansi = to_ansi(WAVE)
    stripped = re.sub(r"\x1b\[[\d;]*m", "", ansi)
    assert [line.rstrip() for line in stripped.split("\n")] == to_text(WAVE).split("\n")
    last = [re.findall(r"\x1b\[[\d;]*m", line)[-1:] for line in ansi.split("\n")]
    assert all(sequence in ([], ["\x1b[0m"]) for sequence in last)


def test_ansi_sequences_contain_only_changes():
    red, bold = Style("#ff0000"), Style("#ff0000", bold=True)
    drawing = Drawing.of_lines([(Span("a", red), Span("b", bold), Span("c", red), Span("d"))])
    assert to_ansi(drawing) == "\x1b[38;2;255;0;0ma\x1b[1mb\x1b[0;38;2;255;0;0mc\x1b[0md"


def test_csv_has_a_header_and_full_precision():
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows == [["epoch", "loss", "note"], ["0", repr(1 / 3), "a,b"], ["100", "nan", ""]]


def test_csv_has_no_control_characters():
    assert "\x1b" not in to_csv(Table((Column("file"),), (("\x1b[2J",),)))


def test_json_is_strict_and_absent_values_are_null():
    provenance = {"run": Path("runs/a"), "epoch": np.int64(9), "loss": np.float32("inf"), "keys": (14, 35)}

    def fail(constant: str) -> None:
        raise AssertionError(constant)

    loaded = json.loads(to_json("losses", provenance, TABLE), parse_constant=fail)
    assert list(loaded) == ["view", "provenance", "columns", "rows"]
    assert loaded["rows"] == [[0, 1 / 3, "a,b"], [100, None, None]]
    assert loaded["provenance"] == {"run": "runs/a", "epoch": 9, "loss": None, "keys": [14, 35]}
    assert json.loads(to_json("empty", {}, Table((), ())))["rows"] == []
