"""Palettes are legible and follow the terminal and the settings."""

from dataclasses import replace

import numpy as np
import pytest

from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette, choose_palette, luminance, mix
from grok_tui.render.ramps import ColourDepth
from tests.grok_tui.render.colour_metrics import contrast


@pytest.mark.parametrize("palette", [DARK, LIGHT])
def test_lines_and_text_are_legible(palette: Palette):
    foregrounds = (palette.foreground, palette.muted, palette.accent, palette.warning, *palette.series)
    assert min(contrast(colour, palette.background) for colour in foregrounds) > 3.5
    assert len(set(palette.series)) >= 8


def test_text_of_the_ascii_palette_is_ascii():
    assert ASCII.text("▸ λ") == "> l"
    assert DARK.text("▸ λ") == "▸ λ"


def test_styles_of_a_palette_without_colour_have_no_colour():
    assert MONO.style(MONO.accent, MONO.background, bold=True) == (None, None, True)


def test_signs_have_different_glyphs_without_colour():
    for palette in (MONO, ASCII):
        glyphs = palette.shades(diverging=True)
        middle = len(glyphs) // 2
        assert glyphs[middle] == " "
        assert not set(glyphs[:middle]) & set(glyphs[middle + 1 :])


def test_mix_goes_from_the_first_colour_to_the_second():
    assert [mix("#000000", "#ff8000", share) for share in (0, 0.5, 1)] == ["#000000", "#804000", "#ff8000"]


def test_luminance_goes_from_black_to_white():
    assert [round(luminance(colour), 3) for colour in ("#000000", "#0000ff", "#00ff00", "#ffffff")] == [
        *(0.0, 0.114, 0.587, 1.0)
    ]


def test_the_palette_follows_the_terminal_and_the_settings():
    assert choose_palette() == DARK
    assert choose_palette(dark=False) == LIGHT
    assert choose_palette(colours="none") == replace(MONO, dark=True)
    assert choose_palette(colours="none", markers="ascii").ascii
    compact = choose_palette(colours="256", compact=True)
    assert (compact.colours, compact.rows_per_cell) == ("16", 1)


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("depth", ["truecolor", "256", "16", "none"])
def test_ascii_maps_are_ascii_with_and_without_colour(depth: ColourDepth, compact: bool):
    palette = choose_palette(True, depth, markers="ascii", compact=compact)
    drawing = heatmap(
        np.arange(-60.0, 60.0).reshape(10, 12), 50, 16, palette, x_label="Σ w²", y_label="×", marks=[(1, 1)]
    )
    assert drawing.plain().isascii()
    backgrounds = {span.style.bg for line in drawing.lines for span in line} - {None}
    assert len(backgrounds) >= (0 if depth == "none" else len(palette.diverging))


def test_compact_maps_have_whole_cells_of_at_most_16_colours():
    palette = choose_palette(compact=True)
    values = np.random.default_rng(0).random((12, 12))
    drawing = heatmap(values, 60, 20, palette)
    assert not set("▀▄") & set(drawing.plain())
    styles = [span.style for line in drawing.lines for span in line]
    assert len({style.fg for style in styles} | {style.bg for style in styles} - {None}) <= 16
