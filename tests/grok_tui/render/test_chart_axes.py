"""Charts, bars and maps as drawn: numbers on equally spaced rows, and whole numbers below."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from grok_tui.render.cells import Drawing
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.charts.chart import Axes, Series, line_chart
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import DARK, MONO

SIZES = ((38, 9), (38, 11), (58, 17), (58, 18), (80, 24), (118, 36), (200, 55))
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")


def assert_equally_spaced(rows: list[int], where: object) -> None:
    assert len({b - a for a, b in pairwise(rows)}) <= 1, where


def numbers_below(drawing: Drawing, title: str) -> list[str]:
    """The texts of the last line without the title, which must stand whole."""
    line = drawing.plain().splitlines()[-1]
    assert title in line or not re.search(r"[a-z]", line), line
    return line.replace(title, " ").split()


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_a_chart(size: tuple[int, int], log: bool):
    generator = np.random.default_rng(size[0] * size[1])
    for _ in range(12):
        last = 10 ** generator.uniform(1.0, 5.0)
        x = np.linspace(0.0, last, 50)
        y = (
            10 ** np.cumsum(generator.normal(0, 0.4, 50))
            if log
            else generator.normal(0, 10 ** generator.uniform(-4, 4), 50)
        )
        drawing = line_chart([Series("loss", x, y)], *size, MONO, x_label="epoch", axes=Axes(log_y=log)).drawing
        ticks = [row for row, line in enumerate(drawing.plain().splitlines()) if "┤" in line]
        assert len(ticks) >= 2
        assert_equally_spaced(ticks, drawing.plain())
        assert all(NUMBER.fullmatch(word) for word in numbers_below(drawing, "epoch"))


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("lowest", [0.0, -0.4])
def test_bars(size: tuple[int, int], lowest: float):
    generator = np.random.default_rng(size[0])
    for _ in range(12):
        values = generator.uniform(lowest, 1.0, 56) * 10 ** generator.uniform(-5, 5)
        drawing = bar_chart(values, *size, DARK, x_label="frequency k", y_label="E_k")
        lines = drawing.plain().splitlines()
        assert_equally_spaced([row for row, line in enumerate(lines) if re.match(r" *-?\d\S*[┤└]", line)], lines)
        assert set(numbers_below(drawing, "frequency k")) <= {str(k) for k in range(1, 57)}


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("palette", [DARK, MONO], ids=lambda palette: palette.name)
@pytest.mark.parametrize("p", [7, 31, 59, 97, 113])
def test_a_map(size: tuple[int, int], palette, p: int):
    drawing = heatmap(np.ones((p, p)), *size, palette, x_label="component of x", legend=False)
    lines = drawing.plain().splitlines()
    below = max(row for row, line in enumerate(lines) if line.strip())
    labelled = [(row, match[1]) for row, line in enumerate(lines[:below]) if (match := re.match(r" *(\d+) ", line))]
    assert_equally_spaced([row for row, _ in labelled], lines)
    assert {text for _, text in labelled} <= {str(token) for token in range(p)}
    words = lines[below].replace("component of x", " ").split()
    assert set(words) <= {str(token) for token in range(p)}
