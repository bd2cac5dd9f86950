"""What leaves the program can be read by what it was made for."""

import csv
import io
import json
import re
import time
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, Span, Style
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.formats.svg import to_svg
from grok_tui.render.formats.text_and_data import to_ansi, to_csv, to_json, to_text
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import DARK, LIGHT, MONO
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


def test_ansi_sends_only_what_changes():
    red, bold = Style("#ff0000"), Style("#ff0000", bold=True)
    drawing = Drawing.of_lines([(Span("a", red), Span("b", bold), Span("c", red), Span("d"))])
    assert to_ansi(drawing) == "\x1b[38;2;255;0;0ma\x1b[1mb\x1b[0;38;2;255;0;0mc\x1b[0md"


@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO], ids=lambda p: p.name)
def test_svg_is_well_formed_and_self_contained(palette):
    losses = line_chart([Series("<train> & test", np.arange(9.0), np.arange(9.0))], 60, 20, palette)
    svg = to_svg(losses.drawing, palette, title="a < b & c \x00")
    root = ElementTree.fromstring(svg)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[0] == "a < b & c ·"
    assert "<train>" in texts
    assert not re.search(r"href|url\(|@import", svg)


def test_svg_places_each_word_in_its_cells_and_draws_half_blocks_as_shapes():
    drawing = Drawing.of_lines([(Span("ab cd"), Span("▀▀", Style("#ff0000", "#0000ff")))])
    svg = to_svg(drawing, DARK)
    assert re.search(r'<text x="27" [^>]*textLength="18"[^>]*>cd</text>', svg)
    assert '<rect x="45" y="0" width="18" height="18" fill="#0000ff"/>' in svg
    assert re.search(r'<rect x="45" y="0" width="18" height="9" fill="#ff0000"', svg)
    assert "▀" not in svg


def test_csv_has_a_header_and_full_precision():
    rows = list(csv.reader(io.StringIO(to_csv(TABLE))))
    assert rows == [["epoch", "loss", "note"], ["0", repr(1 / 3), "a,b"], ["100", "nan", ""]]


def test_csv_lets_no_control_character_through():
    assert "\x1b" not in to_csv(Table((Column("file"),), (("\x1b[2J",),)))


def test_json_is_strict_and_absent_is_null():
    provenance = {"run": Path("runs/a"), "epoch": np.int64(9), "loss": np.float32("inf"), "keys": (14, 35)}

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    loaded = json.loads(to_json("losses", provenance, TABLE), parse_constant=refuse)
    assert list(loaded) == ["view", "provenance", "columns", "rows"]
    assert loaded["rows"] == [[0, 1 / 3, "a,b"], [100, None, None]]
    assert loaded["provenance"] == {"run": "runs/a", "epoch": 9, "loss": None, "keys": [14, 35]}
    assert json.loads(to_json("empty", {}, Table((), ())))["rows"] == []


def test_a_whole_map_is_written_quickly():
    rows = tuple((x, y, float(np.cos(x + y))) for x in range(113) for y in range(113))
    table = Table((Column("x"), Column("y"), Column("value")), rows)
    for export in (lambda: to_csv(table), lambda: to_json("map", {}, table)):
        durations = []
        for _ in range(3):
            start = time.process_time()
            export()
            durations.append(time.process_time() - start)
        assert min(durations) < 0.2
