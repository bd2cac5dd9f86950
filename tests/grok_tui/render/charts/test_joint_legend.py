"""The legend of two runs' curves: where it is too long, one entry for both."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.palette import ASCII, DARK, MONO, Palette

X = np.arange(10.0)
NAMES = ("train", "test", "excluded")


def header(width: int, palette: Palette = DARK, names: tuple[str, ...] = NAMES, second: str = "B") -> str:
    series = [
        Series(f"{name} {run}", X, X + i, colour=i, dim=run == "B")
        for i, name in enumerate(names)
        for run in ("A", second)
    ]
    chart = line_chart(series, width, 8, palette, x_label="epoch", y_label="loss (nats)")
    return chart.drawing.plain().split("\n")[0].rstrip()


def test_it_is_complete_where_it_fits() -> None:
    shown = header(110)
    assert all(f"{name} {run}" in shown for name in NAMES for run in "AB")


@pytest.mark.parametrize("width", [52, 60, 70])
def test_where_it_is_too_long_both_runs_share_an_entry(width: int) -> None:
    shown = header(width)
    assert [*shown.replace("━", "").split()] == ["loss", "(nats)", *NAMES, "B", "dimmer"]


def test_curves_that_are_equally_bright_keep_entries_of_their_own() -> None:
    assert "dimmer" not in header(60, second="C")


@pytest.mark.parametrize("palette", [ASCII, MONO])
def test_curves_with_glyphs_of_their_own_keep_entries_of_their_own(palette: Palette) -> None:
    assert "dimmer" not in header(60, palette)
