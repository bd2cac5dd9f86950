"""The colours of maps keep their order, their sign and their distance, at every colour depth and for every reader."""

import numpy as np
import pytest
from rich.color import Color, ColorSystem

from grok_tui.render.palette import DARK, LIGHT, Palette, choose_palette
from grok_tui.render.ramps import ColourDepth
from tests.grok_tui.render.colour_metrics import contrast, lightness

CUBE = (0, 95, 135, 175, 215, 255)
ANSI = "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"


def downgraded(colour: str, depth: str) -> str:
    """The colour that a terminal of this colour depth shows. Rounded by rich, which Textual writes with."""
    if depth == "truecolor":
        return colour
    if depth == "16":
        return "#" + ANSI.split()[Color.parse(colour).downgrade(ColorSystem.STANDARD).number]
    index = Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).number - 16
    channels = (8 + 10 * (index - 216),) * 3 if index >= 216 else (index // 36, index // 6 % 6, index % 6)
    return "#" + "".join(f"{c if index >= 216 else CUBE[c]:02x}" for c in channels)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_contrast_with_the_background_grows_with_magnitude(palette: Palette):
    sequential = [contrast(colour, palette.background) for colour in palette.sequential]
    assert sequential == sorted(sequential)
    assert len(sequential) == 16
    assert sequential[0] < 1.2
    assert len(palette.diverging) == 17
    upper = [contrast(colour, palette.background) for colour in palette.diverging[8:]]
    lower = [contrast(colour, palette.background) for colour in palette.diverging[8::-1]]
    assert upper == sorted(upper)
    assert lower == sorted(lower)


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize(("depth", "least"), [("truecolor", 4.0), ("256", 4.0), ("16", 4.0)])
def test_levels_are_ordered_and_distinct_as_the_terminal_shows_them(dark: bool, depth: str, least: float):
    palette = choose_palette(dark, depth)
    away = 1 if dark else -1  # the direction of lightness away from the background
    middle = len(palette.diverging) // 2
    assert len(palette.diverging) == 2 * middle + 1
    for ramp in (palette.sequential, palette.diverging[middle:], palette.diverging[middle::-1]):
        steps = np.diff([away * lightness(downgraded(colour, depth)) for colour in ramp])
        assert steps.min() > (least if depth != "16" or ramp is palette.sequential else 2.0)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_steps_of_lightness_are_even_in_full_colour(palette: Palette):
    for ramp in (palette.sequential, palette.diverging[8:], palette.diverging[8::-1]):
        steps = abs(np.diff([lightness(colour) for colour in ramp]))
        assert steps.max() < 1.4 * steps.min()


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("depth", ["truecolor", "256", "16"])
def test_negative_values_are_cold_and_positive_ones_warm_for_colour_blind_readers(dark: bool, depth: ColourDepth):
    """The simulation of deuteranopia by Machado, Oliveira and Fernandes (2009), in linear light."""
    blind = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]])
    ramp = choose_palette(dark, depth).diverging
    for low, high in zip(ramp[: len(ramp) // 2 - 1], ramp[: len(ramp) // 2 + 1 : -1], strict=True):
        simulated = [blind @ [(int(c[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)] for c in (low, high)]
        warmth = [rgb[0] - rgb[2] for rgb in simulated]
        assert warmth[0] < 0 < warmth[1]
