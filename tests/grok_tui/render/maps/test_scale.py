"""A scale gives every value a level, and its legend has three readable numbers."""

import numpy as np
import pytest

from grok_tui.render.maps.scale import Scale, line_legend, side_legend, side_legend_width
from grok_tui.render.palette import ASCII, DARK


def test_a_scale_is_symmetric_if_both_signs_occur():
    assert Scale.of(np.array([-1.0, 3.0, np.nan, np.inf])) == Scale(-3.0, 3.0, True)
    assert Scale.of(np.array([1.0, 3.0])) == Scale(1.0, 3.0, False)
    assert Scale.of(np.array([2.0, 2.0]), unit="nats") == Scale(0.0, 2.0, False, "nats")
    assert Scale.of(np.array([np.nan])) == Scale(0.0, 0.0, False)


def test_zero_is_the_middle_level_and_nan_has_a_level_of_its_own():
    levels = Scale(-2, 2, True).levels(np.array([-2.0, 0.0, 2.0, np.nan, np.inf]), 17)
    assert levels.tolist() == [0, 8, 16, 17, 16]
    assert Scale(0, 0, True).levels(np.array([0.0]), 17).tolist() == [8]
    assert Scale(0, 0, False).levels(np.array([0.0]), 16).tolist() == [0]


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0.0, 2.71, ("2.71", "1.35", "0")),
        (0.0, 0.431, ("0.431", "0.215", "0")),
        (0.0466, 4.27, ("4.27", "2.16", "0.05")),
        (-13.8, 13.8, ("13.8", "0", "-13.8")),
        (0.0, 1.0, ("1.0", "0.5", "0")),
        (0.0, 680.0, ("680", "340", "0")),
        (0.0, 3708.0, ("3,708", "1,854", "0")),
        (0.0, 0.0, ("0", "0", "0")),
        (0.0, 3e-8, ("3e-8", "1.5e-8", "0")),
    ],
)
def test_the_numbers_of_a_legend_have_equal_decimals(low: float, high: float, texts: tuple[str, str, str]) -> None:
    assert Scale(low, high, low < 0).legend_texts() == texts


def test_a_side_legend_has_high_unit_middle_and_low():
    scale = Scale(0.0, 2.0, False, "nats")
    lines = side_legend(scale, 9, DARK)
    assert lines.width == side_legend_width(scale)
    texts = [line.lstrip("▀ ") for line in lines.plain().split("\n")]
    assert [text for text in texts if text] == ["2", "nats", "1", "0"]


def test_a_side_legend_omits_a_unit_that_it_would_cut():
    scale = Scale(0.0, 2.0, False, "attention to x")
    assert "att" not in side_legend(scale, 9, DARK).plain()
    assert side_legend_width(scale) == side_legend_width(Scale(0.0, 2.0, False))


@pytest.mark.parametrize(
    ("width", "text"),
    [
        (40, "0  .:-=+*#%@ 2 nats . per pair"),
        (22, "0  .:-=+*#%@ 2 nats"),
        (12, "0  .-=+*%@ 2"),
        (6, "0 to 2"),
        (17, "0  .:-=+*#%@ 2"),
    ],
)
def test_a_line_legend_is_shortened_by_its_unit(width: int, text: str):
    legend = line_legend(Scale(0.0, 2.0, False, "nats · per pair"), width, ASCII)
    assert legend.width == width
    assert legend.plain() == text
