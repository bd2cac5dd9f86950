"""Colours have an order that survives colour blindness and a contrast that can be read."""

from dataclasses import replace

import numpy as np
import pytest
from rich.color import Color, ColorSystem

from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette, choose_palette, mix
from grok_tui.render.ramps import Colours

CUBE = (0, 95, 135, 175, 215, 255)
ANSI = "000000 cd0000 00cd00 cdcd00 0000ee cd00cd 00cdcd e5e5e5 7f7f7f ff0000 00ff00 ffff00 5c5cff ff00ff 00ffff ffffff"


def relative_luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    low, high = sorted((relative_luminance(first), relative_luminance(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_lines_and_text_are_legible(palette: Palette):
    inks = (palette.foreground, palette.muted, palette.accent, palette.warning, *palette.series)
    assert min(contrast(ink, palette.background) for ink in inks) > 3.5
    assert len(set(palette.series)) >= 8


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_more_is_always_further_from_the_background(palette: Palette):
    sequential = [contrast(colour, palette.background) for colour in palette.sequential]
    assert sequential == sorted(sequential)
    assert len(sequential) == 16
    assert sequential[0] < 1.2
    assert len(palette.diverging) == 17
    upper = [contrast(colour, palette.background) for colour in palette.diverging[8:]]
    lower = [contrast(colour, palette.background) for colour in palette.diverging[8::-1]]
    assert upper == sorted(upper)
    assert lower == sorted(lower)


def test_ascii_text_is_ascii():
    assert ASCII.text("▸ 1 – 2 … λ · 2 × Σ w²\x1b ∮") == "> 1 - 2 ~ l . 2 x sum w^2? ?"


def test_without_colour_no_style_has_a_colour():
    assert MONO.style(MONO.accent, MONO.background, bold=True) == (None, None, True)


def test_signs_have_different_glyphs_where_colour_is_not_used():
    for palette in (MONO, ASCII):
        glyphs = palette.shades(diverging=True)
        middle = len(glyphs) // 2
        assert glyphs[middle] == " "
        assert not set(glyphs[:middle]) & set(glyphs[middle + 1 :])


def test_mix_goes_from_the_first_to_the_second():
    assert [mix("#000000", "#ff8000", share) for share in (0, 0.5, 1)] == ["#000000", "#804000", "#ff8000"]


def lightness(colour: str) -> float:
    """CIELAB L*."""
    y = relative_luminance(colour)
    return 116 * y ** (1 / 3) - 16 if y > 216 / 24389 else y * 24389 / 27


def as_shown(colour: str, depth: str) -> str:
    """The colour that a terminal of that depth shows for it, as rich, which Textual writes with, rounds it."""
    if depth == "truecolor":
        return colour
    if depth == "16":
        return "#" + ANSI.split()[Color.parse(colour).downgrade(ColorSystem.STANDARD).number]
    index = Color.parse(colour).downgrade(ColorSystem.EIGHT_BIT).number - 16
    channels = (8 + 10 * (index - 216),) * 3 if index >= 216 else (index // 36, index // 6 % 6, index % 6)
    return "#" + "".join(f"{c if index >= 216 else CUBE[c]:02x}" for c in channels)


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize(("depth", "least"), [("truecolor", 4.0), ("256", 4.0), ("16", 4.0)])
def test_levels_stay_apart_and_in_order_as_the_terminal_shows_them(dark: bool, depth: str, least: float):
    palette = choose_palette(dark, depth)
    away = 1 if dark else -1  # from the background
    middle = len(palette.diverging) // 2
    assert len(palette.diverging) == 2 * middle + 1
    for ramp in (palette.sequential, palette.diverging[middle:], palette.diverging[middle::-1]):
        steps = np.diff([away * lightness(as_shown(colour, depth)) for colour in ramp])
        assert steps.min() > (least if depth != "16" or ramp is palette.sequential else 2.0)


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_in_full_colour_levels_step_evenly(palette: Palette):
    for ramp in (palette.sequential, palette.diverging[8:], palette.diverging[8::-1]):
        steps = abs(np.diff([lightness(colour) for colour in ramp]))
        assert steps.max() < 1.4 * steps.min()


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("colours", ["truecolor", "256", "16"])
def test_signs_differ_for_the_colour_blind(dark: bool, colours: Colours):
    """The simulation of deuteranopia by Machado, Oliveira and Fernandes (2009), in linear light."""
    blind = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]])
    ramp = choose_palette(dark, colours).diverging
    for low, high in zip(ramp[: len(ramp) // 2 - 1], ramp[: len(ramp) // 2 + 1 : -1], strict=True):
        seen = [blind @ [(int(c[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5)] for c in (low, high)]
        warmth = [one[0] - one[2] for one in seen]
        assert warmth[0] < 0 < warmth[1]


def test_the_palette_follows_terminal_and_person():
    assert choose_palette() == DARK
    assert choose_palette(dark=False) == LIGHT
    assert choose_palette(colours="none") == replace(MONO, dark=True)
    assert choose_palette(colours="none", markers="ascii").ascii
    compact = choose_palette(colours="256", compact=True)
    assert (compact.colours, compact.rows_per_cell) == ("16", 1)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("colours", ["truecolor", "256", "16", "none"])
def test_in_ascii_maps_are_ascii_with_and_without_colour(colours: Colours, compact: bool):
    palette = choose_palette(True, colours, markers="ascii", compact=compact)
    drawing = heatmap(
        np.arange(-60.0, 60.0).reshape(10, 12), 50, 16, palette, x_label="Σ w²", y_label="×", marks=[(1, 1)]
    )
    assert drawing.plain().isascii()
    backgrounds = {run.style.bg for line in drawing.lines for run in line} - {None}
    assert len(backgrounds) >= (0 if colours == "none" else len(palette.diverging))


def test_compact_maps_are_whole_cells_of_few_colours():
    palette = choose_palette(compact=True)
    values = np.random.default_rng(0).random((12, 12))
    drawing = heatmap(values, 60, 20, palette)
    assert not set("▀▄") & set(drawing.plain())
    colours = {run.style.fg for line in drawing.lines for run in line} | {r.style.bg for x in drawing.lines for r in x}
    assert len(colours - {None}) <= 16
