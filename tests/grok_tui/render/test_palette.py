"""Colours have an order that survives colour blindness and a contrast that can be read."""

import pytest

from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette, mix


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
    assert ASCII.text("▸ 1 – 2 … λ\x1b") == "> 1 - 2 ~ ??"


def test_without_colour_no_style_has_a_colour():
    assert MONO.style(MONO.accent, MONO.background, bold=True) == (None, None, True, False)


def test_signs_have_different_glyphs_where_colour_is_not_used():
    for palette in (MONO, ASCII):
        glyphs = palette.shades(diverging=True)
        middle = len(glyphs) // 2
        assert glyphs[middle] == " "
        assert not set(glyphs[:middle]) & set(glyphs[middle + 1 :])


def test_mix_goes_from_the_first_to_the_second():
    assert [mix("#000000", "#ff8000", share) for share in (0, 0.5, 1)] == ["#000000", "#804000", "#ff8000"]
